Feature: Availability
  “We guarantee a high level of service availability, regardless of the package you choose:”

  Rule: “Downtime is calculated on a monthly basis, excluding scheduled maintenance.”

    The month is the calendar month on the customer's own clock, first midnight to last; how many hours it has, the
    calendar says. What maintenance is, maintenance.feature shows.

    Scenario: Each month stands for itself
      Given the service of Harbour Hotels:
        | plan | Standard |
      When the service is down on 30 June 2026 from 23:30 to 00:30
      And July 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | downtime           | 30 minutes |
        | availability       | 99.9305 %  |
        | the commitment was | kept       |
      And the statement of July 2026 says:
        | downtime           | 30 minutes |
        | time in total      | 31 days    |
        | availability       | 99.9327 %  |
        | the commitment was | kept       |

    Scenario: The month begins and ends at midnight on the customer's clock
      Given the service of Harbour Hotels:
        | customer's time zone | America/New_York |
      When the service is down on 30 June 2026 from 23:10 for 1 hour 40 minutes
      And July 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | downtime           | 50 minutes |
        | the commitment was | missed     |
      And the statement of July 2026 says:
        | downtime           | 50 minutes |
        | the commitment was | missed     |

    Scenario Outline: <month> in Berlin has <hours>, because clocks change
      Given the service of Harbour Hotels:
        | customer's time zone | Europe/Berlin   |
        | provided from        | <provided from> |
        | measured in steps of | 12 seconds      |
      When the service is down on <day> from 01:30 for <downtime>
      And <month> has been closed, a day after its end
      Then the statement of <month> says:
        | time in total      | <hours>        |
        | downtime           | <downtime>     |
        | availability       | <availability> |
        | the commitment was | <verdict>      |

      Examples:
        | month        | provided from  | day             | hours     | downtime              | availability | verdict |
        | March 2026   | 1 March 2026   | 29 March 2026   | 743 hours | 44 minutes 24 seconds | 99.9004 %    | kept    |
        | March 2026   | 1 March 2026   | 29 March 2026   | 743 hours | 44 minutes 36 seconds | 99.8999 %    | missed  |
        | October 2026 | 1 October 2026 | 25 October 2026 | 745 hours | 44 minutes 36 seconds | 99.9002 %    | kept    |
        | October 2026 | 1 October 2026 | 25 October 2026 | 745 hours | 44 minutes 48 seconds | 99.8997 %    | missed  |

    Scenario: An outage is counted once though the clock shows its hour twice
      Given the service of Harbour Hotels:
        | customer's time zone | Europe/Berlin  |
        | provided from        | 1 October 2026 |
      When the service is down on 25 October 2026 from 01:50 to 03:10
      And October 2026 has been closed, a day after its end
      Then the statement of October 2026 says:
        | outages  | 1                  |
        | downtime | 2 hours 20 minutes |

    Scenario: A service that begins and ends within the month is judged by its own days
      Given the service of Harbour Hotels:
        | provided from | 11 June 2026 |
      When on 15 June 2026 the service is ended as of 21 June 2026, 00:00
      And the service is down on 18 June 2026 from 02:00 for 15 minutes
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | time in total      | 10 days    |
        | downtime           | 15 minutes |
        | availability       | 99.8958 %  |
        | the commitment was | missed     |

    Scenario: While the month runs, its statement speaks of the time so far
      Given the service of Harbour Hotels:
        | plan | Standard |
      When the service is down on 5 June 2026 from 12:00 for 12 minutes
      And it is 11 June 2026, 00:00
      Then the provisional statement of June 2026 says:
        | revision      | 0          |
        | time in total | 10 days    |
        | downtime      | 12 minutes |
        | availability  | 99.9166 %  |

  Rule: “Our uptime guarantee ensures that service interruptions are minimized.”

    What counts as an interruption: the service is down, as seen from enough places. A slow service is not.

    Scenario: A slow service is available
      Given the service of Harbour Hotels:
        | plan | Standard |
      When the service is slow but works on 9 June 2026 from 02:00 to 08:00
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | outages            | 0          |
        | downtime           | none       |
        | availability       | 100.0000 % |
        | the commitment was | kept       |

    Scenario: One second of downtime never shows as 100 percent
      Given the service of Harbour Hotels:
        | measured in steps of | 1 second |
      When the service is down on 9 June 2026 from 02:00 for 1 second
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | downtime           | 1 second  |
        | availability       | 99.9999 % |
        | the commitment was | kept      |

    Scenario: A service that one place cannot reach, but two others can, is not down
      Given the service of Harbour Hotels:
        | checked from                           | Frankfurt, Paris and London |
        | places that must agree that it is down | 2                           |
      When the service is down as seen from Paris on 9 June 2026 from 02:00 to 08:00
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | downtime           | none       |
        | availability       | 100.0000 % |
        | the commitment was | kept       |

    Scenario: A service that two of three places cannot reach is down
      Given the service of Harbour Hotels:
        | checked from                           | Frankfurt, Paris and London |
        | places that must agree that it is down | 2                           |
      When the service is down as seen from Frankfurt and London on 9 June 2026 from 02:00 to 03:00
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | outages            | 1         |
        | downtime           | 1 hour    |
        | availability       | 99.8611 % |
        | the commitment was | missed    |

    Scenario: When nobody else is watching, one place is enough
      Given the service of Harbour Hotels:
        | checked from | Frankfurt |
      When the service is down as seen from Frankfurt on 9 June 2026 from 02:00 to 03:00
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | downtime           | 1 hour |
        | the commitment was | missed |

  Rule: “Our team continuously monitors our systems to ensure swift identification and resolution of any issues.”

    A provider that measures itself must not profit from silence: time of which nothing is known counts as neither
    available nor down, and if it decides the month, a person must.

    Scenario: Time that the monitor could not observe is not down, and not up either
      Given the service of Harbour Hotels:
        | plan | Standard |
      When the service cannot be observed on 9 June 2026 from 02:00 to 03:00
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | time unknown          | 1 hour              |
        | downtime              | none                |
        | time available        | 29 days 23 hours    |
        | availability          | 100.0000 %          |
        | availability at best  | 100.0000 %          |
        | availability at worst | 99.8611 %           |
        | the commitment was    | left undecided      |
        | service credit        | 0.00 EUR            |
      And finance has been told that the month is undecided
      And operations have been told that the month is undecided

    Scenario: Unknown time that cannot change the result leaves it as it is
      Given the service of Harbour Hotels:
        | plan | Standard |
      When the service cannot be observed on 9 June 2026 from 02:00 for 43 minutes
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | time unknown          | 43 minutes |
        | availability at worst | 99.9004 %  |
        | the commitment was    | kept       |

    Scenario: Unknown time never makes up for downtime
      Given the service of Harbour Hotels:
        | plan        | Standard   |
        | monthly fee | 499.00 EUR |
      When the service is down on 9 June 2026 from 02:00 to 03:00
      And the service cannot be observed on 10 June 2026 from 02:00 to 04:00
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | downtime               | 1 hour    |
        | time unknown           | 2 hours   |
        | availability           | 99.8607 % |
        | availability at best   | 99.8611 % |
        | availability at worst  | 99.5833 % |
        | the commitment was     | missed    |
        | service credit         | 6.93 EUR  |
        | service credit at most | 20.79 EUR |

    Scenario: A monitor that says nothing is believed for two minutes
      Given the service of Harbour Hotels:
        | plan | Standard |
      When the service is not checked at all on 9 June 2026 from 02:00 to 03:00
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | downtime           | none           |
        | time unknown       | 58 minutes     |
        | the commitment was | left undecided |

    Scenario: What arrives late, but before the close, counts as if it had come in time
      Given the service of Harbour Hotels:
        | plan | Standard |
      When the service is not checked at all on 9 June 2026 from 02:00 to 03:00
      And a report arrives late, on 20 June 2026 at 09:00: the service was up on 9 June 2026 from 02:00 to 03:00
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | time unknown       | none       |
        | availability       | 100.0000 % |
        | the commitment was | kept       |

    Scenario: What arrives after the close in the customer's favour makes a new revision by the next morning
      Given the service of Harbour Hotels:
        | plan | Standard |
      When June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | revision           | 1    |
        | the commitment was | kept |
      When a report arrives late, on 5 July 2026 at 09:00: the service was down on 9 June 2026 from 02:00 to 04:00
      And it is 6 July 2026, 03:00
      Then the statement of June 2026 says:
        | revision           | 2       |
        | downtime           | 2 hours |
        | the commitment was | missed  |
      And the customer has been told that the statement has changed
      And the customer has been told that the commitment is missed
      And revision 1 of the statement of June 2026 still says:
        | downtime           | none |
        | the commitment was | kept |

    Scenario: What arrives after the close in the provider's favour changes nothing by itself
      Given the service of Harbour Hotels:
        | plan | Standard |
      When the service is not checked at all on 9 June 2026 from 02:00 to 03:00
      And June 2026 has been closed, a day after its end
      And a report arrives late, on 5 July 2026 at 09:00: the service was up on 9 June 2026 from 02:00 to 03:00
      And it is 6 July 2026, 03:00
      Then the statement of June 2026 says:
        | revision           | 1              |
        | time unknown       | 58 minutes     |
        | the commitment was | left undecided |

    Scenario: The customer is told of a breach as soon as it is certain
      Given the service of Harbour Hotels:
        | plan | Standard |
      When the service goes down on 9 June 2026 at 02:00
      And it is 9 June 2026, 02:42:59
      Then the customer has been told, as of 9 June 2026, 02:00, that an outage has begun
      And the customer has not been told that the commitment is missed
      When it is 9 June 2026, 02:43:30
      Then the customer has been told, as of 9 June 2026, 02:43, that the commitment is missed
      And operations have been told that the commitment is missed
      And finance has been told that the commitment is missed
      When the service is back on 9 June 2026 at 03:00
      And June 2026 has been closed, a day after its end
      Then the customer has been told that the outage is over
      And the customer has been told 1 times that the commitment is missed
      And the customer has been told that the statement is ready
      And the statement of June 2026 says:
        | downtime           | 1 hour |
        | the commitment was | missed |

    Scenario: What a broken probe reported is taken out by two people, and is then unknown, not up
      Given the service of Harbour Hotels:
        | plan | Standard |
      When the service is down on 9 June 2026 from 02:00 to 05:00
      Then the customer has been told that the commitment is missed
      When Anna raises a void on 10 June 2026 of what Frankfurt saw on 9 June 2026 from 02:00 to 05:00: "Its disk was full."
      And it is 10 June 2026, 12:05
      Then the customer has not been told that the commitment is not missed after all
      When Ben approves the void on 11 June 2026
      And it is 11 June 2026, 12:05
      Then the customer has been told that the commitment is not missed after all
      When June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | downtime           | none           |
        | time unknown       | 3 hours        |
        | the commitment was | left undecided |

    Scenario: Where another place saw the service up, it was up
      Given the service of Harbour Hotels:
        | plan         | Standard            |
        | checked from | Frankfurt and Paris |
      When the service is down as seen from Frankfurt on 9 June 2026 from 02:00 to 05:00
      And Anna raises a void on 10 June 2026 of what Frankfurt saw on 9 June 2026 from 02:00 to 05:00: "Its disk was full."
      And Ben approves the void on 11 June 2026
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | downtime           | none       |
        | time unknown       | none       |
        | availability       | 100.0000 % |
        | the commitment was | kept       |

    Scenario: Nobody takes out alone what a probe reported
      Given the service of Harbour Hotels:
        | plan | Standard |
      When the service is down on 9 June 2026 from 02:00 to 05:00
      And Anna raises a void on 10 June 2026 of what Frankfurt saw on 9 June 2026 from 02:00 to 05:00: "Its disk was full."
      And Anna approves the void on 11 June 2026
      Then this is refused: "another person must decide it"
      When Ben rejects the void on 12 June 2026
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | downtime           | 3 hours |
        | time unknown       | none    |
        | the commitment was | missed  |

    Scenario: A broken probe that is found after the close makes a new revision, and leaves the old one as it was
      Given the service of Harbour Hotels:
        | plan | Standard |
      When the service is down on 9 June 2026 from 02:00 to 05:00
      And June 2026 has been closed, a day after its end
      And Anna raises a void on 5 July 2026 of what Frankfurt saw on 9 June 2026 from 02:00 to 05:00: "Its disk was full."
      And Ben approves the void on 6 July 2026
      And it is 7 July 2026, 03:00
      Then the statement of June 2026 says:
        | revision           | 2              |
        | downtime           | none           |
        | time unknown       | 3 hours        |
        | the commitment was | left undecided |
      And revision 1 of the statement of June 2026 still says:
        | downtime           | 3 hours |
        | the commitment was | missed  |
      And the customer has been told that the statement has changed
      And the customer has been told that the commitment is not missed after all
