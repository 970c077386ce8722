Feature: Claims
  “The conditions for receiving service credits are as follows:”

  A credit is not paid by itself: the customer claims it. What is claimed is a month of a service. The claim may come
  before the month is over; it is then held, and the close decides it by the month's statement.

  Rule: “Claim Process: To claim service credits, you must notify us within 7 days of the service failure.”

    The days are whole days on the customer's own calendar. They begin with the day on which the failure ended or, if
    that is later, on which the customer was told of the breach. A claim once in time stays in time. One that comes late
    is recorded and says what it would have been worth, and so is a breach that nobody claims.

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

    Scenario: A claim is held while the month is open, and decided at its close
      Given the service of Harbour Hotels:
        | monthly fee | 499.00 EUR |
      When the service is down on 9 June 2026 from 02:00 to 04:00
      And the customer claims a credit for June 2026 in the dashboard on 10 June 2026 at 09:00
      Then the claim says:
        | the claim is   | held until the close |
        | because        | none                 |
        | worth          | none                 |
        | in time before | 17 June 2026, 00:00  |
      And the customer has been told that a claim was received
      And the customer has not been told that a claim was decided
      When June 2026 has been closed, a day after its end
      Then the claim says:
        | the claim is | approved  |
        | because      | none      |
        | worth        | 13.86 EUR |
        | decisions    | 1         |
      And the customer has been told once that a claim was decided
      And finance has been told that a claim was decided
      And the customer has been told that a credit of 13.86 EUR was granted, with the bill of July 2026
      And finance's ledger of June 2026 reads:
        | availability | approved | 13.86 EUR | July 2026 |

    Scenario: A claim after the close is decided at once
      Given the service of Harbour Hotels:
        | monthly fee | 499.00 EUR |
      When the service is down on 28 June 2026 from 02:00 to 04:00
      And June 2026 has been closed, a day after its end
      Then finance's export of June 2026 holds no credit
      When the customer claims a credit for June 2026 in the dashboard on 5 July 2026 at 09:00
      Then the claim says:
        | the claim is | approved  |
        | worth        | 13.86 EUR |
      And the customer has been told that a credit of 13.86 EUR was granted, with the bill of July 2026
      And revision 2 of finance's export of June 2026 adds only:
        | availability | approved | 13.86 EUR | July 2026 |

    Scenario Outline: The time to claim ends with the seventh day, to the second: <zone>, claimed on <claimed> at <time>
      Given the service of Harbour Hotels:
        | monthly fee          | 499.00 EUR |
        | customer's time zone | <zone>     |
        | provided from        | <since>    |
      When the service is down on <failed> from <from> to <to>
      And the customer claims a credit for <month> in the dashboard on <claimed> at <time>
      And <month> has been closed, a day after its end
      Then the claim says:
        | the claim is   | <state>   |
        | because        | <because> |
        | in time before | <until>   |
        | worth          | <worth>   |

      Examples: on an ordinary day; a failure that ends at midnight ends on the day that begins
        | zone | since       | failed      | from  | to    | month     | claimed      | time     | state    | because          | until               | worth     |
        | UTC  | 1 June 2026 | 9 June 2026 | 02:00 | 04:00 | June 2026 | 9 June 2026  | 04:00:00 | approved | none             | 17 June 2026, 00:00 | 13.86 EUR |
        | UTC  | 1 June 2026 | 9 June 2026 | 02:00 | 04:00 | June 2026 | 16 June 2026 | 23:59:59 | approved | none             | 17 June 2026, 00:00 | 13.86 EUR |
        | UTC  | 1 June 2026 | 9 June 2026 | 02:00 | 04:00 | June 2026 | 17 June 2026 | 00:00:00 | rejected | it came too late | 17 June 2026, 00:00 | 13.86 EUR |
        | UTC  | 1 June 2026 | 8 June 2026 | 21:59 | 23:59 | June 2026 | 15 June 2026 | 23:59:59 | approved | none             | 16 June 2026, 00:00 | 13.86 EUR |
        | UTC  | 1 June 2026 | 8 June 2026 | 21:59 | 23:59 | June 2026 | 16 June 2026 | 00:00:00 | rejected | it came too late | 16 June 2026, 00:00 | 13.86 EUR |
        | UTC  | 1 June 2026 | 8 June 2026 | 22:00 | 00:00 | June 2026 | 16 June 2026 | 23:59:59 | approved | none             | 17 June 2026, 00:00 | 13.86 EUR |
        | UTC  | 1 June 2026 | 8 June 2026 | 22:00 | 00:00 | June 2026 | 17 June 2026 | 00:00:00 | rejected | it came too late | 17 June 2026, 00:00 | 13.86 EUR |

      Examples: on the day on which the clocks go forward, an hour shorter
        | zone          | since        | failed        | from  | to    | month      | claimed       | time     | state    | because          | until                | worth     |
        | Europe/Berlin | 1 March 2026 | 22 March 2026 | 02:00 | 04:00 | March 2026 | 29 March 2026 | 23:59:59 | approved | none             | 30 March 2026, 00:00 | 13.43 EUR |
        | Europe/Berlin | 1 March 2026 | 22 March 2026 | 02:00 | 04:00 | March 2026 | 30 March 2026 | 00:00:00 | rejected | it came too late | 30 March 2026, 00:00 | 13.43 EUR |

      Examples: on the day on which they go back, an hour longer
        | zone          | since          | failed          | from  | to    | month        | claimed         | time     | state    | because          | until                  | worth     |
        | Europe/Berlin | 1 October 2026 | 18 October 2026 | 02:00 | 04:00 | October 2026 | 25 October 2026 | 23:59:59 | approved | none             | 26 October 2026, 00:00 | 13.40 EUR |
        | Europe/Berlin | 1 October 2026 | 18 October 2026 | 02:00 | 04:00 | October 2026 | 26 October 2026 | 00:00:00 | rejected | it came too late | 26 October 2026, 00:00 | 13.40 EUR |

      Examples: where the next day has no midnight, and where it has two
        | zone             | since            | failed            | from  | to    | month          | claimed           | time     | state    | because          | until                  | worth     |
        | America/Asuncion | 1 September 2017 | 23 September 2017 | 02:00 | 04:00 | September 2017 | 30 September 2017 | 23:59:59 | approved | none             | 1 October 2017, 01:00  | 13.86 EUR |
        | America/Asuncion | 1 September 2017 | 23 September 2017 | 02:00 | 04:00 | September 2017 | 1 October 2017    | 01:00:00 | rejected | it came too late | 1 October 2017, 01:00  | 13.86 EUR |
        | America/Havana   | 1 October 2015   | 24 October 2015   | 02:00 | 04:00 | October 2015   | 31 October 2015   | 23:59:59 | approved | none             | 1 November 2015, 00:00 | 13.41 EUR |
        | America/Havana   | 1 October 2015   | 24 October 2015   | 02:00 | 04:00 | October 2015   | 1 November 2015   | 00:00:00 | rejected | it came too late | 1 November 2015, 00:00 | 13.41 EUR |

    Scenario: While the failure lasts, no last day is named
      Given the service of Harbour Hotels:
        | plan | Standard |
      When the service goes down on 9 June 2026 at 02:00
      And it is 9 June 2026, 04:00
      Then the customer has been told of a breach without a claim deadline

    Scenario: While the failure lasts, no claim is late
      Given the service of Harbour Hotels:
        | monthly fee | 499.00 EUR |
      When the service goes down on 9 June 2026 at 02:00
      And the customer claims a credit for June 2026 in the dashboard on 20 June 2026 at 09:00
      Then the claim says:
        | the claim is   | held until the close |
        | in time before | none                 |
      When the service is back on 21 June 2026 at 10:00
      And June 2026 has been closed, a day after its end
      Then the claim says:
        | the claim is | approved   |
        | worth        | 499.00 EUR |

    Scenario Outline: A failure that outlasts the month is claimed within seven days of its real end: <claimed>, <time>
      Given the service of Harbour Hotels:
        | monthly fee | 499.00 EUR |
      When the service goes down on 30 June 2026 at 20:00
      And June 2026 has been closed, a day after its end
      And the service is back on 3 July 2026 at 10:00
      And the customer claims a credit for June 2026 in the dashboard on <claimed> at <time>
      Then the claim says:
        | the claim is   | <state>             |
        | because        | <because>           |
        | in time before | 11 July 2026, 00:00 |
        | worth          | 27.72 EUR           |

      Examples: the failure ended on 3 July
        | claimed      | time     | state    | because          |
        | 3 July 2026  | 10:05:00 | approved | none             |
        | 10 July 2026 | 23:59:59 | approved | none             |
        | 11 July 2026 | 00:00:00 | rejected | it came too late |

    Scenario: A failure that outlasts the month is claimed while it lasts
      Given the service of Harbour Hotels:
        | monthly fee | 499.00 EUR |
      When the service goes down on 30 June 2026 at 20:00
      And June 2026 has been closed, a day after its end
      And the customer claims a credit for June 2026 in the dashboard on 2 July 2026 at 12:00
      Then the claim says:
        | the claim is   | approved  |
        | in time before | none      |
        | worth          | 27.72 EUR |

    Scenario: A failure that outlasts the month lapses seven days after its real end
      July is missed by the same failure: the customer is reminded of each month by itself.

      Given the service of Harbour Hotels:
        | monthly fee | 499.00 EUR |
      When the service goes down on 30 June 2026 at 20:00
      And June 2026 has been closed, a day after its end
      And the service is back on 3 July 2026 at 10:00
      And it is 9 July 2026, 23:59:59
      Then the customer has not been told that the time to claim is running out
      When it is 10 July 2026, 00:00
      Then the customer has been told 2 times that the time to claim is running out
      And the customer has been reminded that claims are in time until the end of 10 July 2026
      When it is 10 July 2026, 23:59:59
      Then the customer has not been told that a credit lapsed
      When it is 11 July 2026, 00:00
      Then the customer has been told that a credit of 27.72 EUR lapsed

    Scenario Outline: Of two failures in a month, the later one counts: claimed on <claimed> at <time>
      Given the service of Harbour Hotels:
        | monthly fee | 499.00 EUR |
      When the service is down on 3 June 2026 from 02:00 to 04:00
      And the service is down on 12 June 2026 from 02:00 to 03:00
      And the customer claims a credit for June 2026 in the dashboard on <claimed> at <time>
      And June 2026 has been closed, a day after its end
      Then the claim says:
        | the claim is   | <state>             |
        | because        | <because>           |
        | in time before | 20 June 2026, 00:00 |
        | worth          | 20.79 EUR           |

      Examples:
        | claimed      | time     | state    | because          |
        | 15 June 2026 | 09:00:00 | approved | none             |
        | 19 June 2026 | 23:59:59 | approved | none             |
        | 20 June 2026 | 00:00:00 | rejected | it came too late |

    Scenario: One claim in time opens the whole month, also for a later failure
      Given the service of Harbour Hotels:
        | monthly fee | 499.00 EUR |
      When the service is down on 3 June 2026 from 02:00 to 04:00
      And the customer claims a credit for June 2026 in the dashboard on 4 June 2026 at 09:00
      And the service is down on 25 June 2026 from 02:00 to 03:00
      And June 2026 has been closed, a day after its end
      Then 1 claim is on record
      And the claim says:
        | the claim is | approved  |
        | worth        | 20.79 EUR |

    Scenario: A failure that is excluded does not keep the time to claim open
      Given the service of Harbour Hotels:
        | monthly fee | 499.00 EUR |
      When the service is down on 3 June 2026 from 02:00 to 04:00
      And the service is down on 12 June 2026 from 02:00 to 03:00
      And Anna raises an exclusion on 12 June 2026 for 12 June 2026 from 02:00 to 03:00, as force majeure: "The flood."
      And Ben approves it on 12 June 2026
      And the customer claims a credit for June 2026 in the dashboard on 13 June 2026 at 09:00
      And June 2026 has been closed, a day after its end
      Then the claim says:
        | the claim is   | rejected            |
        | because        | it came too late    |
        | in time before | 11 June 2026, 00:00 |

    Scenario: A claim once in time stays in time, whatever is found out later
      Given the service of Harbour Hotels:
        | monthly fee | 499.00 EUR |
      When the service is down on 3 June 2026 from 02:00 to 04:00
      And the service is down on 12 June 2026 from 02:00 to 03:00
      And the customer claims a credit for June 2026 in the dashboard on 15 June 2026 at 09:00
      And Anna raises an exclusion on 20 June 2026 for 12 June 2026 from 02:00 to 03:00, as force majeure: "The flood."
      And Ben approves it on 21 June 2026
      And June 2026 has been closed, a day after its end
      Then the claim says:
        | the claim is | approved  |
        | worth        | 13.88 EUR |

    Scenario: The customer is reminded a day before the time to claim ends, once
      Given the service of Harbour Hotels:
        | monthly fee | 499.00 EUR |
      When the service is down on 9 June 2026 from 02:00 to 04:00
      And it is 15 June 2026, 23:59:59
      Then the customer has not been told that the time to claim is running out
      When it is 16 June 2026, 00:00
      Then the customer has been told, as of 16 June 2026, 00:00, that the time to claim is running out
      And the customer has been reminded that claims are in time until the end of 16 June 2026
      And the customer has been reminded that 13.86 EUR would lapse
      When it is 16 June 2026, 23:59
      And June 2026 has been closed, a day after its end
      Then the customer has been told once that the time to claim is running out

    Scenario: A later failure gives more time, of which the customer is reminded again
      Given the service of Harbour Hotels:
        | monthly fee | 499.00 EUR |
      When the service is down on 9 June 2026 from 02:00 to 04:00
      And it is 16 June 2026, 00:00
      And the service is down on 16 June 2026 from 02:00 to 03:00
      And it is 22 June 2026, 23:59:59
      Then the customer has been told once that the time to claim is running out
      When it is 23 June 2026, 00:00
      Then the customer has been told 2 times that the time to claim is running out
      And the customer has been reminded that claims are in time until the end of 23 June 2026
      And the customer has been reminded that 20.79 EUR would lapse

    Scenario: The reminder comes twenty-four hours ahead, also on the day on which the clocks go back
      Given the service of Harbour Hotels:
        | customer's time zone | Europe/Berlin  |
        | provided from        | 1 October 2026 |
      When the service is down on 18 October 2026 from 02:00 to 04:00
      And it is 25 October 2026, 00:59:59
      Then the customer has not been told that the time to claim is running out
      When it is 25 October 2026, 01:00
      Then the customer has been told, as of 25 October 2026, 01:00, that the time to claim is running out

    Scenario: The customer is reminded after the close as well
      Given the service of Harbour Hotels:
        | monthly fee | 499.00 EUR |
      When the service is down on 28 June 2026 from 02:00 to 04:00
      And June 2026 has been closed, a day after its end
      Then the customer has not been told that the time to claim is running out
      When it is 5 July 2026, 00:00
      Then the customer has been told, as of 5 July 2026, 00:00, that the time to claim is running out
      And the customer has been reminded that 13.86 EUR would lapse
      When it is 5 July 2026, 18:00
      Then the customer has been told once that the time to claim is running out

    Scenario Outline: Who has claimed is not reminded <when>
      Given the service of Harbour Hotels:
        | monthly fee | 499.00 EUR |
      When the service is down on <failed> from 02:00 to 04:00
      And the customer claims a credit for June 2026 in the dashboard on <claimed> at 09:00
      And it is <a day before>, 00:00
      And it is <closed>, 00:00
      Then the customer has not been told that the time to claim is running out
      And the customer has not been told that a credit lapsed

      Examples:
        | when            | failed       | claimed      | a day before | closed       |
        | in the month    | 9 June 2026  | 10 June 2026 | 16 June 2026 | 17 June 2026 |
        | after the close | 28 June 2026 | 29 June 2026 | 5 July 2026  | 6 July 2026  |

    Scenario: A breach that nobody claims lapses once the time is over, and finance sees its value
      Given the service of Harbour Hotels:
        | monthly fee | 499.00 EUR |
      When the service is down on 28 June 2026 from 02:00 to 04:00
      And June 2026 has been closed, a day after its end
      Then finance's export of June 2026 holds no credit
      When it is 5 July 2026, 23:59:59
      Then the customer has not been told that a credit lapsed
      When it is 6 July 2026, 00:00
      Then the customer has been told that a credit of 13.86 EUR lapsed
      And finance has been told that a credit of 13.86 EUR lapsed
      And revision 2 of finance's export of June 2026 adds only:
        | availability | lapsed | 13.86 EUR | on no bill |
      And the customer has not been told that a credit was granted

    Scenario: A breach whose time to claim is over before the close lapses at the close
      Given the service of Harbour Hotels:
        | monthly fee | 499.00 EUR |
      When the service is down on 9 June 2026 from 02:00 to 04:00
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | the commitment was | missed    |
        | service credit     | 13.86 EUR |
      And finance's ledger of June 2026 reads:
        | availability | lapsed | 13.86 EUR | on no bill |
      And the customer has been told that a credit of 13.86 EUR lapsed
      And the customer has not been told that a credit was granted

    Scenario: A late claim is recorded and says what it would have been worth
      Given the service of Harbour Hotels:
        | monthly fee | 499.00 EUR |
      When the service is down on 9 June 2026 from 02:00 to 04:00
      And June 2026 has been closed, a day after its end
      And the customer claims a credit for June 2026 in the dashboard on 5 July 2026 at 09:00
      Then the claim says:
        | the claim is   | rejected            |
        | because        | it came too late    |
        | in time before | 17 June 2026, 00:00 |
        | worth          | 13.86 EUR           |
      And the customer has been told that a claim was received
      And the customer has been told that a claim was decided
      And finance's ledger of June 2026 reads:
        | availability | lapsed | 13.86 EUR | on no bill |

    Scenario: Word of a claim in time takes a lapse back, and a person decides
      Given the service of Harbour Hotels:
        | monthly fee | 499.00 EUR |
      When the service is down on 28 June 2026 from 02:00 to 04:00
      And June 2026 has been closed, a day after its end
      And it is 6 July 2026, 00:00
      Then finance's ledger of June 2026 reads:
        | availability | lapsed | 13.86 EUR | on no bill |
      When on 8 July 2026 at 09:00 support passes a claim for June 2026 on that was made on 5 July 2026 at 23:59:59
      Then the claim says:
        | the claim is | in review             |
        | made         | through support       |
        | made on      | 5 July 2026, 23:59:59 |
        | worth        | 13.86 EUR             |
      And finance's ledger of June 2026 reads:
        | availability | lapsed | 13.86 EUR  | on no bill |
        | availability | lapsed | -13.86 EUR | on no bill |

    Scenario: A claim to a month that kept its commitment
      Given the service of Harbour Hotels:
        | monthly fee | 499.00 EUR |
      When the service is down on 9 June 2026 from 02:00 for 43 minutes
      And the customer claims a credit for June 2026 in the dashboard on 9 June 2026 at 09:00
      And June 2026 has been closed, a day after its end
      Then the claim says:
        | the claim is | rejected             |
        | because      | the promise was kept |
        | worth        | none                 |
      And the customer has been told that a claim was decided
      And finance's export of June 2026 holds no credit

    Scenario: A claim to a month that kept its commitment only because time is excluded
      Given the service of Harbour Hotels:
        | monthly fee | 499.00 EUR |
      When the service is down on 9 June 2026 from 02:00 to 05:00
      And the customer claims a credit for June 2026 in the dashboard on 9 June 2026 at 09:00
      And Anna raises an exclusion on 10 June 2026 for 9 June 2026 from 02:00 to 05:00, as force majeure: "The flood."
      And Ben approves it on 11 June 2026
      And June 2026 has been closed, a day after its end
      Then the claim says:
        | the claim is | rejected          |
        | because      | time was excluded |

    Scenario: A claim to a month that is undecided waits for a person
      Given the service of Harbour Hotels:
        | monthly fee | 499.00 EUR |
      When the service cannot be observed on 9 June 2026 from 02:00 to 04:00
      And the customer claims a credit for June 2026 in the dashboard on 10 June 2026 at 09:00
      And June 2026 has been closed, a day after its end
      Then the claim says:
        | the claim is | in review |
        | because      | none      |
        | worth        | none      |
      And finance's export of June 2026 holds no credit

    Scenario: A breach that is withdrawn and found again can be claimed for seven more days
      Given the service of Harbour Hotels:
        | monthly fee | 499.00 EUR |
      When the service is down on 9 June 2026 from 02:00 to 05:00
      And Anna raises an exclusion on 10 June 2026 for 9 June 2026 from 02:00 to 05:00, as force majeure: "The flood."
      And Ben approves it on 11 June 2026
      And it is 11 June 2026, 12:05
      Then the customer has been told that the commitment is not missed after all
      When Ben withdraws it on 20 June 2026
      And it is 20 June 2026, 12:05
      Then the customer has been told 2 times that the commitment is missed
      And the customer has been told that claims are in time until the end of 27 June 2026
      When the customer claims a credit for June 2026 in the dashboard on 27 June 2026 at 23:59:59
      And June 2026 has been closed, a day after its end
      Then the claim says:
        | the claim is   | approved            |
        | in time before | 28 June 2026, 00:00 |
        | worth          | 20.79 EUR           |

    Scenario: While a breach is withdrawn nobody is reminded, and no claim is late
      Given the service of Harbour Hotels:
        | monthly fee | 499.00 EUR |
      When the service is down on 9 June 2026 from 02:00 to 05:00
      And Anna raises an exclusion on 10 June 2026 for 9 June 2026 from 02:00 to 05:00, as force majeure: "The flood."
      And Ben approves it on 11 June 2026
      And it is 16 June 2026, 00:00
      Then the customer has not been told that the time to claim is running out
      When the customer claims a credit for June 2026 in the dashboard on 18 June 2026 at 09:00
      And Ben withdraws it on 20 June 2026
      And June 2026 has been closed, a day after its end
      Then the claim says:
        | the claim is | approved  |
        | worth        | 20.79 EUR |

    Scenario: An exclusion after the close decides the claim again
      Given the service of Harbour Hotels:
        | monthly fee | 499.00 EUR |
      When the service is down on 28 June 2026 from 02:00 to 05:00
      And the customer claims a credit for June 2026 in the dashboard on 29 June 2026 at 09:00
      And June 2026 has been closed, a day after its end
      And Anna raises an exclusion on 3 July 2026 for 28 June 2026 from 02:00 to 05:00, as force majeure: "The flood."
      And Ben approves it on 6 July 2026
      And it is 7 July 2026, 03:00
      Then the claim says:
        | the claim is | rejected          |
        | because      | time was excluded |
        | worth        | none              |
        | decisions    | 2                 |
      And the customer has been told 2 times that a claim was decided
      When Ben withdraws it on 20 July 2026
      And it is 21 July 2026, 03:00
      Then the claim says:
        | the claim is | approved  |
        | worth        | 20.79 EUR |
        | decisions    | 3         |
      And finance's ledger of June 2026 reads:
        | availability | approved | 20.79 EUR  | July 2026 |
        | availability | reversal | -20.79 EUR | July 2026 |
        | availability | approved | 20.79 EUR  | July 2026 |

    Scenario: A month that turns out missed after its close opens the time to claim
      Given the service of Harbour Hotels:
        | monthly fee | 499.00 EUR |
      When the service is not checked at all on 28 June 2026 from 02:00 to 02:40
      And June 2026 has been closed, a day after its end
      And the customer claims a credit for June 2026 in the dashboard on 2 July 2026 at 09:00
      Then the claim says:
        | the claim is | rejected             |
        | because      | the promise was kept |
      When a report arrives late, on 4 July 2026 at 10:00: the service was down on 28 June 2026 from 02:00 to 04:00
      And it is 5 July 2026, 03:00
      Then the claim says:
        | the claim is   | approved            |
        | in time before | 13 July 2026, 00:00 |
        | worth          | 13.86 EUR           |

    Scenario: Where the agreement is run so that credits need no claim, nobody is reminded and nothing lapses
      Given the service of Harbour Hotels:
        | monthly fee | 499.00 EUR |
      And from June 2026 on, credits are granted without a claim
      When the service is down on 28 June 2026 from 02:00 to 04:00
      And June 2026 has been closed, a day after its end
      And it is 5 July 2026, 00:00
      And it is 6 July 2026, 00:00
      Then the customer has not been told that the time to claim is running out
      And the customer has not been told that a credit lapsed
      And finance's ledger of June 2026 reads:
        | availability | approved | 13.86 EUR | July 2026 |

  Rule: “Claims can be made via the customer dashboard or by contacting our support team directly.”

    Both ways make the same claim. Whoever repeats a claim finds the first one; a second ticket for the same month is
    answered as such. Until the dashboard has its pages, the desk files what a customer claims there.

    Background:
      Given the service of Harbour Hotels:
        | monthly fee | 499.00 EUR |

    Scenario Outline: A claim <way>
      When the service is down on 9 June 2026 from 02:00 to 04:00
      And the customer claims a credit for June 2026 <way> on 16 June 2026 at <time>
      And June 2026 has been closed, a day after its end
      Then the claim says:
        | made         | <way>                |
        | made on      | 16 June 2026, <time> |
        | for          | availability         |
        | the claim is | approved             |
        | worth        | 13.86 EUR            |
      And the customer has been told once that a claim was received
      And finance has been told once that a claim was received

      Examples:
        | way              | time     |
        | in the dashboard | 23:59:59 |
        | through support  | 23:59:59 |

    Scenario: What counts is when the customer told us; whether support passed it on too late, a person decides
      When the service is down on 9 June 2026 from 02:00 to 04:00
      And on 18 June 2026 at 10:00 support passes a claim for June 2026 on that was made on 16 June 2026 at 23:59:59
      And June 2026 has been closed, a day after its end
      Then the claim says:
        | made on      | 16 June 2026, 23:59:59 |
        | the claim is | in review              |
        | worth        | 13.86 EUR              |

    Scenario: What support passes on in time is approved
      When the service is down on 9 June 2026 from 02:00 to 04:00
      And on 16 June 2026 at 23:59:59 support passes a claim for June 2026 on that was made on 10 June 2026 at 09:00
      And June 2026 has been closed, a day after its end
      Then the claim says:
        | made on      | 10 June 2026, 09:00 |
        | the claim is | approved            |

    Scenario: Who claims again in the dashboard finds the first claim
      When the service is down on 9 June 2026 from 02:00 to 04:00
      And the customer claims a credit for June 2026 in the dashboard on 10 June 2026 at 09:00
      And the customer claims a credit for June 2026 in the dashboard on 25 June 2026 at 09:00
      Then 1 claim is on record
      And the claim says:
        | made on      | 10 June 2026, 09:00  |
        | the claim is | held until the close |
      And the customer has been told once that a claim was received

    Scenario: Who claims through support and then in the dashboard finds the first claim
      When the service is down on 9 June 2026 from 02:00 to 04:00
      And the customer claims a credit for June 2026 through support on 10 June 2026 at 09:00
      And the customer claims a credit for June 2026 in the dashboard on 25 June 2026 at 09:00
      Then 1 claim is on record
      And the claim says:
        | made    | through support     |
        | made on | 10 June 2026, 09:00 |

    Scenario: The same ticket makes one claim
      When the service is down on 9 June 2026 from 02:00 to 04:00
      And the customer claims a credit for June 2026 through support on 10 June 2026 at 09:00
      And the customer claims a credit for June 2026 with the same ticket on 11 June 2026 at 09:00
      Then 1 claim is on record
      And the claim says:
        | made on | 10 June 2026, 09:00 |

    Scenario: A second ticket for the same month is a duplicate, and the first claim stands
      When the service is down on 9 June 2026 from 02:00 to 04:00
      And the customer claims a credit for June 2026 in the dashboard on 10 June 2026 at 09:00
      And the customer claims a credit for June 2026 through support on 11 June 2026 at 09:00
      Then 2 claims are on record
      And the claim says:
        | made         | through support              |
        | the claim is | rejected                     |
        | because      | the month was claimed before |
        | worth        | none                         |
      And the customer has been told once that a claim was decided
      When June 2026 has been closed, a day after its end
      Then the first claim says:
        | the claim is | approved  |
        | worth        | 13.86 EUR |
      And the claim says:
        | the claim is | rejected                     |
        | because      | the month was claimed before |
      And finance's ledger of June 2026 reads:
        | availability | approved | 13.86 EUR | July 2026 |

    Scenario: A ticket about a service that the customer does not have is answered
      When the customer claims June 2026 of the service "Night trains" through support on 10 June 2026 at 09:00
      Then the claim says:
        | the claim is | rejected                          |
        | because      | there is no such service or month |
      And the customer has been told once that a claim was decided

    Scenario: A month in which the service was not provided is answered
      When the customer claims a credit for May 2026 in the dashboard on 10 June 2026 at 09:00
      Then the claim says:
        | the claim is | rejected                          |
        | because      | there is no such service or month |

    Scenario: A month that has not begun cannot be claimed
      When the customer claims a credit for July 2026 in the dashboard on 30 June 2026 at 23:59:59
      Then this is refused: "had not begun"

    Scenario: Nobody claims for another customer's service
      When the service is down on 9 June 2026 from 02:00 to 04:00
      And another customer claims a credit for June 2026 in the dashboard on 10 June 2026 at 09:00
      Then this is refused: "is not a service of `alpine-rail`"
