Feature: Service credits
  “We stand behind our service commitments. If we fail to meet the performance standards outlined in this SLA, you may be entitled to service credits or service fees waiver. The conditions for receiving service credits are as follows:”

  Rule: “Uptime Failure: If our service availability falls below the committed threshold for your plan, you will be eligible for a 10% service credit of your monthly fees for every 1% of downtime.”

    Downtime is a share of the month without maintenance and exclusions. The credit is ten times that share of the
    monthly fee, rounded once, half a cent upwards. A statement also shows what each percent begun, or only each full
    percent, would have earned.

    Scenario: Just under three percent of downtime
      Given the service of Harbour Hotels:
        | plan        | Standard   |
        | monthly fee | 499.00 EUR |
      When the service is down on 9 June 2026 from 02:00 to 21:03
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | downtime               | 19 hours 3 minutes |
        | availability           | 97.3541 %          |
        | the commitment was     | missed             |
        | share of the fee       | 26.4583 %          |
        | service credit         | 132.03 EUR         |
        | service credit at most | 132.03 EUR         |
        | in proportion          | 132.03 EUR         |
        | for each percent begun | 149.70 EUR         |
        | for each full percent  | 99.80 EUR          |

    Scenario: Exactly two percent of downtime earn twenty percent, however one counts
      Given the service of Harbour Hotels:
        | monthly fee | 499.00 EUR |
      When the service is down on 9 June 2026 from 02:00 for 14 hours 24 minutes
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | availability           | 98.0000 % |
        | share of the fee       | 20.0000 % |
        | service credit         | 99.80 EUR |
        | for each percent begun | 99.80 EUR |
        | for each full percent  | 99.80 EUR |

    Scenario: Downtime that keeps the commitment earns nothing
      Given the service of Harbour Hotels:
        | monthly fee | 499.00 EUR |
      When the service is down on 9 June 2026 from 02:00 for 43 minutes
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | the commitment was     | kept      |
        | service credit         | 0.00 EUR  |
        | share of the fee       | 0.0000 %  |
        | in proportion          | 4.97 EUR  |
        | for each percent begun | 49.90 EUR |
        | for each full percent  | 0.00 EUR  |

    Scenario: One minute more, and all downtime earns its credit
      Given the service of Harbour Hotels:
        | monthly fee | 499.00 EUR |
      When the service is down on 9 June 2026 from 02:00 for 44 minutes
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | the commitment was     | missed    |
        | service credit         | 5.08 EUR  |
        | for each percent begun | 49.90 EUR |
        | for each full percent  | 0.00 EUR  |

    Scenario: Time that is not counted is no part of the share
      Given the service of Harbour Hotels:
        | monthly fee | 499.00 EUR |
      When maintenance is announced on 1 June 2026 at 10:00 for 11 June 2026 from 00:00 to 00:00
      And the service is down on 20 June 2026 from 02:00 to 05:00
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | time not counted | 1 day     |
        | downtime         | 3 hours   |
        | share of the fee | 4.3103 %  |
        | service credit   | 21.51 EUR |

    Scenario: A service that is provided for part of the month earns its credit of the full fee
      Given the service of Harbour Hotels:
        | monthly fee   | 499.00 EUR   |
        | provided from | 21 June 2026 |
      When the service is down on 25 June 2026 from 02:00 for 2 hours 24 minutes
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | time in total  | 10 days   |
        | availability   | 99.0000 % |
        | service credit | 49.90 EUR |

    Scenario Outline: Half a <unit> is rounded upwards, less than half downwards: <fee>, <downtime>
      Given the service of Harbour Hotels:
        | monthly fee | <fee> |
      When the service is down on 9 June 2026 from 02:00 for <downtime>
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | share of the fee | <share>  |
        | service credit   | <credit> |

      Examples: one percent of downtime (7 hours 12 minutes) earns a tenth of the fee
        | unit | fee        | downtime           | share     | credit    |
        | cent | 0.05 EUR   | 7 hours 12 minutes | 10.0000 % | 0.01 EUR  |
        | cent | 0.04 EUR   | 7 hours 12 minutes | 10.0000 % | 0.00 EUR  |
        | cent | 499.95 EUR | 7 hours 12 minutes | 10.0000 % | 50.00 EUR |
        | cent | 499.94 EUR | 7 hours 12 minutes | 10.0000 % | 49.99 EUR |
        | yen  | 1005 JPY   | 7 hours 12 minutes | 10.0000 % | 101 JPY   |
        | yen  | 1004 JPY   | 7 hours 12 minutes | 10.0000 % | 100 JPY   |
        | fils | 1.005 KWD  | 7 hours 12 minutes | 10.0000 % | 0.101 KWD |
        | fils | 1.004 KWD  | 7 hours 12 minutes | 10.0000 % | 0.100 KWD |

  Rule: “In cases where our uptime commitments are not met, we offer service credits or service charge waivers as compensation (details provided below).”

    At ten percent of downtime the credit is the whole fee: the charge is waived. It is never more.

    Scenario Outline: <downtime> of downtime in June
      Given the service of Harbour Hotels:
        | monthly fee | 499.00 EUR |
      When the service is down on 9 June 2026 from 00:00 for <downtime>
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | availability           | <availability> |
        | share of the fee       | <share>        |
        | service credit         | <credit>       |
        | for each percent begun | <begun>        |
        | for each full percent  | <full>         |

      Examples:
        | downtime                    | availability | share      | credit     | begun      | full       |
        | 2 days 23 hours 59 minutes  | 90.0023 %    | 99.9768 %  | 498.88 EUR | 499.00 EUR | 449.10 EUR |
        | 3 days                      | 90.0000 %    | 100.0000 % | 499.00 EUR | 499.00 EUR | 499.00 EUR |
        | 3 days 1 minute             | 89.9976 %    | 100.0000 % | 499.00 EUR | 499.00 EUR | 499.00 EUR |
        | 15 days                     | 50.0000 %    | 100.0000 % | 499.00 EUR | 499.00 EUR | 499.00 EUR |

  Rule: “Claim Process: To claim service credits, you must notify us within 7 days of the service failure.”

    The days are whole days on the customer's own calendar. They begin with the day on which the failure ended or, if
    that is later, on which the customer was told of the breach.

    Scenario Outline: The notice of a breach names the last day to claim: told on <told>
      Given the service of Harbour Hotels:
        | plan                 | Standard         |
        | customer's time zone | America/New_York |
      When the service is not checked at all on 9 June 2026 from 22:00 to 23:30
      And a report arrives late, on <told> at <hour>: the service was down on 9 June 2026 from 22:00 to 23:30
      Then the customer has been told that the commitment is missed
      And the customer has been told that claims are in time until the end of <last day>

      Examples:
        | told         | hour  | last day     |
        | 9 June 2026  | 23:45 | 16 June 2026 |
        | 10 June 2026 | 00:15 | 17 June 2026 |
        | 20 June 2026 | 09:00 | 27 June 2026 |

    Scenario: While the failure lasts, no last day is named
      Given the service of Harbour Hotels:
        | plan | Standard |
      When the service goes down on 9 June 2026 at 02:00
      And it is 9 June 2026, 04:00
      Then the customer has been told of a breach without a claim deadline

    Scenario: Without a claim, a breach earns no credit yet
      Given the service of Harbour Hotels:
        | plan | Standard |
      When the service is down on 9 June 2026 from 02:00 to 04:00
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | the commitment was | missed    |
        | service credit     | 13.86 EUR |
      And finance's export of June 2026 holds no credit
      And the customer has not been told that a credit was granted

  Rule: “Service credits will be applied to your next billing cycle.”

    Where the agreement is run so that credits need no claim, every missed month is credited at its close.

    Background:
      Given the service of Harbour Hotels:
        | plan        | Standard   |
        | monthly fee | 499.00 EUR |
      And from June 2026 on, credits are granted without a claim

    Scenario: A missed month is credited with the next month's bill
      When the service is down on 9 June 2026 from 02:00 to 21:03
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | service credit | 132.03 EUR |
      And finance's export of June 2026 holds these credits:
        | approved | 132.03 EUR | July 2026 |
      And the customer has been told that a credit was granted
      And finance has been told that a credit was granted

    Scenario: A month that kept its commitment is not credited
      When the service is down on 9 June 2026 from 02:00 for 43 minutes
      And June 2026 has been closed, a day after its end
      Then finance's export of June 2026 holds no credit

    Scenario: A month that is undecided is not credited
      When the service cannot be observed on 9 June 2026 from 02:00 to 04:00
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | the commitment was | left undecided |
      And finance's export of June 2026 holds no credit

    Scenario: In a missed month only what is certain is credited
      When the service is down on 9 June 2026 from 02:00 to 03:00
      And the service cannot be observed on 10 June 2026 from 02:00 to 04:00
      And June 2026 has been closed, a day after its end
      Then finance's export of June 2026 holds these credits:
        | approved | 6.93 EUR | July 2026 |

    Scenario: A credit is never edited: what changes later is taken back and granted anew
      When the service is down on 28 June 2026 from 02:00 to 05:00
      And June 2026 has been closed, a day after its end
      Then finance's export of June 2026 holds these credits:
        | approved | 20.79 EUR | July 2026 |
      When Anna raises an exclusion on 3 July 2026 for 28 June 2026 from 02:00 to 04:00, as force majeure: "The flood."
      And Ben approves it on 6 July 2026
      And it is 7 July 2026, 03:00
      Then finance's export of June 2026 holds these credits:
        | approved | 20.79 EUR  | July 2026 |
        | reversal | -20.79 EUR | July 2026 |
        | approved | 6.95 EUR   | July 2026 |
      And the customer has been told that a credit was taken back

    Scenario: A credit that is no longer due is taken back
      When the service is down on 28 June 2026 from 02:00 to 05:00
      And June 2026 has been closed, a day after its end
      And Anna raises an exclusion on 3 July 2026 for 28 June 2026 from 02:00 to 05:00, as force majeure: "The flood."
      And Ben approves it on 6 July 2026
      And it is 7 July 2026, 03:00
      Then finance's export of June 2026 holds these credits:
        | approved | 20.79 EUR  | July 2026 |
        | reversal | -20.79 EUR | July 2026 |

    Scenario: Months are credited each for itself
      When the service is down on 30 June 2026 from 22:00 to 02:00
      And July 2026 has been closed, a day after its end
      Then finance's export of June 2026 holds these credits:
        | approved | 13.86 EUR | July 2026 |
      And finance's export of July 2026 holds these credits:
        | approved | 13.41 EUR | August 2026 |
