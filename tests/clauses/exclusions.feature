Feature: Exclusions and limitations
  “Certain events beyond our control may affect our ability to meet the service levels outlined in this SLA. These include but are not limited to:”

  An exclusion is never the provider's word alone: one person raises it with evidence, another decides, and the
  customer is told of both. Until it is approved, the time counts as downtime.

  Rule: “These events are excluded from the service level guarantees provided in this SLA.”

    Background:
      Given the service of Harbour Hotels:
        | plan        | Standard   |
        | monthly fee | 499.00 EUR |

    Scenario Outline: An approved exclusion for <clause>
      <quotation>

      When the service is down on 9 June 2026 from 02:00 to 05:00
      And Anna raises an exclusion on 10 June 2026 for 9 June 2026 from 02:00 to 05:00, as <clause>: "<evidence>"
      And Ben approves it on 11 June 2026
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | time not counted   | 3 hours    |
        | downtime           | none       |
        | availability       | 100.0000 % |
        | the commitment was | kept       |
        | service credit     | 0.00 EUR   |

      Examples:
        | clause               | evidence                                   | quotation |
        | force majeure        | The Elbe flooded the data centre.          | “Force Majeure: Natural disasters, war, terrorism, and other events that cannot be predicted or controlled.” |
        | a third-party outage | The carrier's incident report 4711.        | “Third-Party Outages: Failures or outages from third-party services, including but not limited to internet service providers or cloud infrastructure vendors.” |
        | a cyber attack       | The traffic record of the scrubbing centre. | “Cyber Attacks: Distributed denial of service (DDoS) attacks or other malicious activity not directly preventable by our security measures.” |

    Scenario: Only the time that the exclusion names is excluded
      When the service is down on 9 June 2026 from 02:00 to 05:00
      And Anna raises an exclusion on 10 June 2026 for 9 June 2026 from 02:00 to 04:00, as force majeure: "The flood."
      And Ben approves it on 11 June 2026
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | time not counted   | 2 hours |
        | downtime           | 1 hour  |
        | the commitment was | missed  |

    Scenario: Time that is both maintenance and excluded is taken out once
      When maintenance is announced on 1 June 2026 at 10:00 for 9 June 2026 from 02:00 to 04:00
      And the service is down on 9 June 2026 from 02:00 to 05:00
      And Anna raises an exclusion on 10 June 2026 for 9 June 2026 from 03:00 to 05:00, as force majeure: "The flood."
      And Ben approves it on 11 June 2026
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | time not counted | 3 hours |
        | downtime         | none    |

    Scenario: While nobody has decided, the time counts as downtime
      When the service is down on 9 June 2026 from 02:00 to 05:00
      And Anna raises an exclusion on 10 June 2026 for 9 June 2026 from 02:00 to 05:00, as force majeure: "The flood."
      And June 2026 has been closed, a day after its end
      Then the customer has been told that an exclusion was raised
      And the statement of June 2026 says:
        | time not counted   | none    |
        | downtime           | 3 hours |
        | the commitment was | missed  |

    Scenario: A rejected exclusion changes nothing
      When the service is down on 9 June 2026 from 02:00 to 05:00
      And Anna raises an exclusion on 10 June 2026 for 9 June 2026 from 02:00 to 05:00, as a cyber attack: "A guess."
      And Ben rejects it on 11 June 2026
      And June 2026 has been closed, a day after its end
      Then the customer has been told that the exclusion was decided
      And the statement of June 2026 says:
        | time not counted   | none    |
        | downtime           | 3 hours |
        | the commitment was | missed  |

    Scenario: Nobody approves what they raised themselves
      When the service is down on 9 June 2026 from 02:00 to 05:00
      And Anna raises an exclusion on 10 June 2026 for 9 June 2026 from 02:00 to 05:00, as force majeure: "The flood."
      And Anna approves it on 11 June 2026
      Then this is refused: "another person must decide it"
      When June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | downtime           | 3 hours |
        | the commitment was | missed  |

    Scenario: A withdrawn approval restores the downtime
      When the service is down on 9 June 2026 from 02:00 to 05:00
      And Anna raises an exclusion on 10 June 2026 for 9 June 2026 from 02:00 to 05:00, as a third-party outage: "Report 4711."
      And Ben approves it on 11 June 2026
      And Ben withdraws it on 15 June 2026
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | time not counted   | none    |
        | downtime           | 3 hours |
        | the commitment was | missed  |

    Scenario: The customer disputes an exclusion until the last second of fourteen days
      When the service is down on 9 June 2026 from 02:00 to 05:00
      And Anna raises an exclusion on 10 June 2026 for 9 June 2026 from 02:00 to 05:00, as a third-party outage: "Report 4711."
      And Ben approves it on 11 June 2026
      And the customer disputes it on 25 June 2026 at 11:59:59: "The carrier's report names another day."
      Then the customer has been told that the exclusion is disputed
      And operations have been told that the exclusion is disputed
      When June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | time not counted   | 3 hours |
        | downtime           | none    |
        | the commitment was | kept    |

    Scenario: A second later it is too late to dispute it
      When the service is down on 9 June 2026 from 02:00 to 05:00
      And Anna raises an exclusion on 10 June 2026 for 9 June 2026 from 02:00 to 05:00, as a third-party outage: "Report 4711."
      And Ben approves it on 11 June 2026
      And the customer disputes it on 25 June 2026 at 12:00: "The carrier's report names another day."
      Then this is refused: "the exclusion could be disputed before 2026-06-25T12:00:00Z"
      And operations have not been told that the exclusion is disputed

    Scenario: What was disputed with reason is withdrawn, and the downtime is restored
      When the service is down on 9 June 2026 from 02:00 to 05:00
      And Anna raises an exclusion on 10 June 2026 for 9 June 2026 from 02:00 to 05:00, as a third-party outage: "Report 4711."
      And Ben approves it on 11 June 2026
      And the customer disputes it on 12 June 2026 at 09:00: "The carrier's report names another day."
      And Ben withdraws it on 15 June 2026
      And the customer disputes it on 16 June 2026 at 09:00: "And it was our line alone."
      Then this is refused: "disputed the exclusion with another one"
      When June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | time not counted   | none    |
        | downtime           | 3 hours |
        | the commitment was | missed  |

    Scenario: Exclusions are for what has happened, not for what is to come
      When Anna raises an exclusion on 8 June 2026 for 9 June 2026 from 02:00 to 05:00, as force majeure: "A forecast."
      Then this is refused: "exclusions are raised for the past"

    Scenario: An exclusion is raised within 30 days
      When the service is down on 2 June 2026 from 02:00 to 05:00
      And Anna raises an exclusion on 3 July 2026 for 2 June 2026 from 02:00 to 05:00, as force majeure: "The flood."
      Then this is refused: "exclusions are raised within 30 days"

    Scenario: The breach is withdrawn when its downtime is excluded, and said again when it is restored
      When the service is down on 9 June 2026 from 02:00 to 05:00
      Then the customer has been told that the commitment is missed
      When Anna raises an exclusion on 10 June 2026 for 9 June 2026 from 02:00 to 05:00, as force majeure: "The flood."
      Then the customer has not been told that the commitment is not missed after all
      When Ben approves it on 11 June 2026
      And it is 11 June 2026, 12:05
      Then the customer has been told that the commitment is not missed after all
      When Ben withdraws it on 15 June 2026
      And it is 15 June 2026, 12:05
      Then the customer has been told 2 times that the commitment is missed

    Scenario: A decision after the close makes a new revision, and leaves the old one as it was
      When the service is down on 28 June 2026 from 02:00 to 05:00
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | revision           | 1         |
        | downtime           | 3 hours   |
        | the commitment was | missed    |
        | service credit     | 20.79 EUR |
      When Anna raises an exclusion on 3 July 2026 for 28 June 2026 from 02:00 to 05:00, as force majeure: "The flood."
      And Ben approves it on 6 July 2026
      And it is 7 July 2026, 03:00
      Then the statement of June 2026 says:
        | revision           | 2          |
        | time not counted   | 3 hours    |
        | downtime           | none       |
        | availability       | 100.0000 % |
        | the commitment was | kept       |
        | service credit     | 0.00 EUR   |
      And revision 1 of the statement of June 2026 still says:
        | downtime           | 3 hours   |
        | the commitment was | missed    |
        | service credit     | 20.79 EUR |
      And the customer has been told that the statement has changed
      And the customer has been told that the commitment is not missed after all

    Scenario: A rejection after the close changes nothing
      When the service is down on 28 June 2026 from 02:00 to 05:00
      And June 2026 has been closed, a day after its end
      And Anna raises an exclusion on 3 July 2026 for 28 June 2026 from 02:00 to 05:00, as force majeure: "The flood."
      And Ben rejects it on 6 July 2026
      And it is 7 July 2026, 03:00
      Then the statement of June 2026 says:
        | revision           | 1       |
        | the commitment was | missed  |
      And the customer has not been told that the statement has changed

    Scenario: A month of which nothing is left is not judged
      Given the service of Harbour Hotels:
        | provided from | 29 June 2026 |
      When the service is down on 29 June 2026 from 00:00 for 2 days
      And Anna raises an exclusion on 1 July 2026 for 29 June 2026 from 00:00 to 00:00, as force majeure: "The flood."
      And Ben approves it on 1 July 2026
      And Anna raises an exclusion on 1 July 2026 for 30 June 2026 from 00:00 to 00:00, as force majeure: "The flood."
      And Ben approves it on 1 July 2026
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | time not counted   | 2 days         |
        | availability       | none           |
        | the commitment was | not applicable |
        | service credit     | 0.00 EUR       |
