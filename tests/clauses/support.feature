Feature: Support
  “We pride ourselves on delivering prompt, effective support. Our SLA defines specific response times, categorized based on the urgency of your issue:”

  Two clocks run from the report: one until support acknowledges it, one until the issue is resolved. Where the
  agreement names a range, its lower bound is the target, which support works to; its upper bound is the commitment,
  which is kept or missed. A commitment that is met at its last second is kept; one second more, and it is missed.

  Rule: “Critical (Level 1) : Acknowledgment within 5-15 minutes of the report, resolution within 24 hours. Applies to complete production failures or severe service interruptions.”

    Scenario Outline: A critical issue is acknowledged after <time>
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a critical issue is reported on 9 June 2026 at 10:00
      And the ticket is acknowledged after <time>
      Then the ticket says:
        | level                     | 1          |
        | target to acknowledge     | 5 minutes  |
        | commitment to acknowledge | 15 minutes |
        | time to acknowledge       | <time>     |
        | acknowledgement           | <verdict>  |
        | resolution                | still open |

      Examples:
        | time                | verdict |
        | 1 second            | in time |
        | 5 minutes           | in time |
        | 5 minutes 1 second  | in time |
        | 15 minutes          | in time |
        | 15 minutes 1 second | missed  |

    Scenario Outline: A critical issue is resolved after <time>
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a critical issue is reported on 9 June 2026 at 10:00
      And the ticket is acknowledged after 10 minutes
      And the ticket is resolved after <time>
      Then the ticket says:
        | target to resolve     | none      |
        | commitment to resolve | 24 hours  |
        | time to resolve       | <time>    |
        | acknowledgement       | in time   |
        | resolution            | <verdict> |

      Examples:
        | time              | verdict |
        | 1 hour            | in time |
        | 24 hours          | in time |
        | 24 hours 1 second | missed  |

  Rule: “Degraded Service (Level 2): Acknowledgment within 15-30 minutes, resolution within 72 hours. Applies to partial service interruptions or major performance issues.”

    Scenario Outline: A degraded service is acknowledged after <time>
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a degraded service is reported on 9 June 2026 at 10:00
      And the ticket is acknowledged after <time>
      Then the ticket says:
        | level                     | 2          |
        | target to acknowledge     | 15 minutes |
        | commitment to acknowledge | 30 minutes |
        | time to acknowledge       | <time>     |
        | acknowledgement           | <verdict>  |

      Examples:
        | time                | verdict |
        | 15 minutes 1 second | in time |
        | 30 minutes          | in time |
        | 30 minutes 1 second | missed  |

    Scenario Outline: A degraded service is resolved after <time>
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a degraded service is reported on 9 June 2026 at 10:00
      And the ticket is acknowledged after 20 minutes
      And the ticket is resolved after <time>
      Then the ticket says:
        | target to resolve     | none      |
        | commitment to resolve | 72 hours  |
        | time to resolve       | <time>    |
        | resolution            | <verdict> |

      Examples:
        | time              | verdict |
        | 72 hours          | in time |
        | 72 hours 1 second | missed  |

  Rule: “General Issues (Level 3): Acknowledgment within 30 minutes, resolution within 1-12 hours. Includes non-urgent inquiries, feature requests, or minor service disruptions.”

    Scenario Outline: A general issue is acknowledged after <time>
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a general issue is reported on 9 June 2026 at 10:00
      And the ticket is acknowledged after <time>
      Then the ticket says:
        | level                     | 3          |
        | target to acknowledge     | none       |
        | commitment to acknowledge | 30 minutes |
        | time to acknowledge       | <time>     |
        | acknowledgement           | <verdict>  |

      Examples:
        | time                | verdict |
        | 30 minutes          | in time |
        | 30 minutes 1 second | missed  |

    Scenario Outline: A general issue is resolved after <time>
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a general issue is reported on 9 June 2026 at 10:00
      And the ticket is acknowledged after 20 minutes
      And the ticket is resolved after <time>
      Then the ticket says:
        | target to resolve     | 1 hour    |
        | commitment to resolve | 12 hours  |
        | time to resolve       | <time>    |
        | resolution            | <verdict> |

      Examples:
        | time              | verdict |
        | 1 hour            | in time |
        | 1 hour 1 second   | in time |
        | 12 hours          | in time |
        | 12 hours 1 second | missed  |

  Rule: “For these critical issues, we will acknowledge your report within 5 to 15 minutes, and our goal is to resolve the issue within 24 hours.”

    The agreement says the 24 hours once as a promise and once as a goal. They are judged as a promise.

    Scenario: What is resolved has been acknowledged
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a critical issue is reported on 9 June 2026 at 10:00
      And the ticket is resolved after 12 minutes
      Then the ticket says:
        | acknowledged        | 9 June 2026, 10:12 |
        | time to acknowledge | 12 minutes         |
        | acknowledgement     | in time            |
        | resolved            | 9 June 2026, 10:12 |
        | time to resolve     | 12 minutes         |
        | resolution          | in time            |

    Scenario: A late acknowledgement does not spoil a timely resolution
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a critical issue is reported on 9 June 2026 at 10:00
      And the ticket is resolved after 16 minutes
      Then the ticket says:
        | acknowledgement           | missed                |
        | acknowledgement missed at | 9 June 2026, 10:15:01 |
        | resolution                | in time               |

    Scenario: A timely acknowledgement does not prolong the time to resolve, nor excuse a late resolution
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a critical issue is reported on 9 June 2026 at 10:00
      And the ticket is acknowledged after 15 minutes
      Then the ticket says:
        | to be resolved by | 10 June 2026, 10:00 |
      When the ticket is resolved after 24 hours 10 minutes
      Then the ticket says:
        | acknowledgement      | in time                |
        | time to acknowledge  | 15 minutes             |
        | time to resolve      | 24 hours 10 minutes    |
        | resolution           | missed                 |
        | resolution missed at | 10 June 2026, 10:00:01 |

    Scenario: Only the first acknowledgement and the first resolution count
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a critical issue is reported on 9 June 2026 at 10:00
      And the ticket is acknowledged after 10 minutes
      And the ticket is acknowledged after 20 minutes
      And the ticket is resolved after 3 hours
      And the ticket is closed after 30 hours
      Then the ticket says:
        | acknowledged    | 9 June 2026, 10:10 |
        | resolved        | 9 June 2026, 13:00 |
        | acknowledgement | in time            |
        | resolution      | in time            |

    Scenario: A ticket that is closed without more ado is resolved by that
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a critical issue is reported on 9 June 2026 at 10:00
      And the ticket is acknowledged after 10 minutes
      And the ticket is closed after 20 hours
      Then the ticket says:
        | resolved   | 10 June 2026, 06:00 |
        | resolution | in time             |

    Scenario: The customer is told when the report is taken in, when a promise is missed, and of the resolution
      Given the service of Harbour Hotels:
        | customer's time zone | America/New_York |
      When a critical issue is reported on 9 June 2026 at 10:00
      And the ticket is acknowledged after 15 minutes 1 second
      And the ticket is resolved after 25 hours
      Then the customer has been told of the ticket:
        | 9 June 2026, 10:00     | it was opened                               |
        | 9 June 2026, 10:15:01  | the commitment to acknowledge it was missed |
        | 10 June 2026, 10:00:01 | the commitment to resolve it was missed     |
        | 10 June 2026, 11:00    | it was resolved, after a missed promise     |

    Scenario: A miss stays a miss, whatever happens later
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a critical issue is reported on 9 June 2026 at 10:00
      And the ticket is acknowledged after 20 minutes
      And the ticket is resolved after 25 hours
      And the ticket is reopened after 26 hours
      And the ticket is found to be level 2 after 27 hours
      And the ticket is resolved after 28 hours
      Then the ticket says:
        | level                     | 2                      |
        | acknowledgement           | missed                 |
        | acknowledgement missed at | 9 June 2026, 10:15:01  |
        | resolution                | missed                 |
        | resolution missed at      | 10 June 2026, 10:00:01 |
        | corrections by late word  | 0                      |

  Rule: “For Level 2 incidents, we will acknowledge your report within 15 to 30 minutes and aim to resolve the problem within up to 72 hours.”

    Support asks customers for what it needs to know. The agreement grants no pause for that: the time without waiting
    is shown, but the verdict is on the whole time.

    Scenario: The clock does not stop while support waits for the customer
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a degraded service is reported on 9 June 2026 at 10:00
      And the ticket is acknowledged after 20 minutes
      And the customer is asked for details after 1 hour
      And the customer answers after 25 hours
      And the ticket is resolved after 73 hours
      Then the ticket says:
        | time to resolve                  | 73 hours |
        | without waiting for the customer | 49 hours |
        | commitment to resolve            | 72 hours |
        | resolution                       | missed   |

    Scenario: Waiting is shown until the resolution, if the customer never answers
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a degraded service is reported on 9 June 2026 at 10:00
      And the ticket is acknowledged after 20 minutes
      And the customer is asked for details after 10 hours
      And it is 9 June 2026, 23:00
      Then the ticket says:
        | time to resolve                  | 13 hours   |
        | without waiting for the customer | 10 hours   |
        | resolution                       | still open |
      When the ticket is resolved after 72 hours
      Then the ticket says:
        | time to resolve                  | 72 hours |
        | without waiting for the customer | 10 hours |
        | resolution                       | in time  |

    Scenario: Asking the customer is no acknowledgement
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a degraded service is reported on 9 June 2026 at 10:00
      And the customer is asked for details after 10 minutes
      And it is 9 June 2026, 10:31
      Then the ticket says:
        | acknowledged    | not yet |
        | acknowledgement | missed  |

  Rule: “For these cases, we will acknowledge your report within 30 minutes, and resolution is typically achieved within 1 to 12 hours.”

    “These are issues that do not severely impact operations and allow for a longer resolution time.” And yet 12 hours
    are less than the 24 of a critical issue. The figures are kept as they are written: they favour the customer.

    Scenario: A general issue is to be resolved sooner than a critical one
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a critical issue is reported on 9 June 2026 at 10:00
      Then the ticket says:
        | commitment to resolve | 24 hours            |
        | to be resolved by     | 10 June 2026, 10:00 |
      When a general issue is reported on 9 June 2026 at 10:00
      Then the ticket says:
        | commitment to resolve | 12 hours           |
        | to be resolved by     | 9 June 2026, 22:00 |

    Scenario: A missed target breaks no promise: only operations are told
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a general issue is reported on 9 June 2026 at 10:00
      And the ticket is acknowledged after 14 minutes
      And the ticket is resolved after 2 hours
      Then the ticket says:
        | resolution | in time |
      And the customer has been told of the ticket:
        | 9 June 2026, 10:00 | it was opened           |
        | 9 June 2026, 12:00 | it was resolved in time |
      And operations have been told of the ticket:
        | 9 June 2026, 10:00    | it was opened                       |
        | 9 June 2026, 11:00:01 | the target to resolve it was missed |
        | 9 June 2026, 12:00    | it was resolved in time             |

  Rule: “In the event of a service disruption, our goal is to restore your services as quickly as possible.”

    A disruption that comes back was not over. Within seven days of the resolution the ticket is reopened and its clock
    goes on, without the time in between; later, a new ticket takes it up.

    Scenario Outline: Reopened after a day, and resolved <more> later
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a critical issue is reported on 9 June 2026 at 10:00
      And the ticket is acknowledged after 10 minutes
      And the ticket is resolved after 20 hours
      And the ticket is reopened 1 day later
      Then the ticket says:
        | resolved          | not yet             |
        | resolution        | still open          |
        | time to resolve   | 20 hours            |
        | to be resolved by | 11 June 2026, 10:00 |
      When the ticket is resolved <more> later
      Then the ticket says:
        | times reopened  | 1         |
        | acknowledgement | in time   |
        | time to resolve | <time>    |
        | resolution      | <verdict> |

      Examples:
        | more             | time              | verdict |
        | 4 hours          | 24 hours          | in time |
        | 4 hours 1 second | 24 hours 1 second | missed  |

    Scenario: On the last second of the seventh day a ticket is still reopened
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a critical issue is reported on 9 June 2026 at 10:00
      And the ticket is resolved after 10 minutes
      And the ticket is reopened 7 days later
      Then the ticket says:
        | times reopened    | 1                   |
        | resolution        | still open          |
        | to be resolved by | 17 June 2026, 10:00 |

    Scenario: After seven days a ticket is not reopened: a new one takes it up, with clocks of its own
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a critical issue is reported on 9 June 2026 at 10:00
      And the ticket is resolved after 10 minutes
      And the ticket is reopened on 16 June 2026 at 10:10:01
      Then this is refused: "more than 7 days after the resolution"
      And the ticket says:
        | times reopened  | 0                  |
        | resolved        | 9 June 2026, 10:10 |
        | time to resolve | 10 minutes         |
        | resolution      | in time            |
      When a critical issue is reported on 16 June 2026 at 10:12, which takes up the earlier ticket
      Then the ticket says:
        | takes up          | the earlier ticket  |
        | resolution        | still open          |
        | to be resolved by | 17 June 2026, 10:12 |

    Scenario: Reopening takes no miss back
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a critical issue is reported on 9 June 2026 at 10:00
      And the ticket is acknowledged after 10 minutes
      And the ticket is resolved after 25 hours
      And the ticket is reopened after 26 hours
      Then the ticket says:
        | resolution           | missed                 |
        | resolution missed at | 10 June 2026, 10:00:01 |

  Rule: “For critical issues (Level 1), we aim to resolve problems within 24 hours, and for degraded services, resolution is typically achieved within 72 hours.”

    Hours are hours of the clock, day and night, weekends and holidays, whatever the customer's own clock shows.

    Scenario: A report on Saturday night is acknowledged and resolved by Sunday night
      Given the service of Harbour Hotels:
        | customer's time zone | America/New_York |
      When a critical issue is reported on 6 June 2026 at 23:50
      Then the ticket says:
        | reported              | 6 June 2026, 23:50 |
        | to be acknowledged by | 7 June 2026, 00:05 |
        | to be resolved by     | 7 June 2026, 23:50 |
      When the ticket is acknowledged on 7 June 2026 at 00:05
      And the ticket is resolved on 7 June 2026 at 23:50:01
      Then the ticket says:
        | acknowledgement | in time |
        | resolution      | missed  |

    Scenario: In the night in which clocks are put forward, 24 hours are 24 hours
      Given the service of Harbour Hotels:
        | customer's time zone | Europe/Berlin |
        | provided from        | 1 March 2026  |
      When a critical issue is reported on 29 March 2026 at 01:50
      And the ticket is acknowledged on 29 March 2026 at 03:05
      Then the ticket says:
        | time to acknowledge | 15 minutes           |
        | acknowledgement     | in time              |
        | to be resolved by   | 30 March 2026, 02:50 |
      When the ticket is resolved on 30 March 2026 at 02:50
      Then the ticket says:
        | time to resolve | 24 hours |
        | resolution      | in time  |

  Rule: “Level 1 – Critical: This applies to situations where there is a total failure of services in production or severe performance degradation.”

    A level that was wrong from the start is put right, and the customer is told. Then both clocks count from the
    report against the limits of the right level; what had been missed before stays missed.

    Scenario: What was a critical issue all along is judged as one from its report
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a general issue is reported on 9 June 2026 at 10:00
      And the ticket is acknowledged after 20 minutes
      Then the ticket says:
        | acknowledgement | in time |
      When the ticket is found to be level 1 after 40 minutes
      Then the ticket says:
        | level                     | 1                   |
        | commitment to acknowledge | 15 minutes          |
        | time to acknowledge       | 20 minutes          |
        | acknowledgement           | missed              |
        | to be resolved by         | 10 June 2026, 10:00 |
      And the customer has been told of the ticket:
        | 9 June 2026, 10:00 | it was opened                               |
        | 9 June 2026, 10:40 | it has level 1 now                          |
        | 9 June 2026, 10:40 | the commitment to acknowledge it was missed |

    Scenario: A level found in time to keep its promises keeps them
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a general issue is reported on 9 June 2026 at 10:00
      And the ticket is acknowledged after 14 minutes
      And the ticket is found to be level 1 after 3 hours
      And the ticket is resolved after 23 hours
      Then the ticket says:
        | acknowledgement | in time |
        | resolution      | in time |

  Rule: “Level 2 – Degraded Service: This level covers partial service failures or major issues that affect performance but do not result in complete downtime.”

    Scenario: A miss under the wrong level stays a miss
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a critical issue is reported on 9 June 2026 at 10:00
      And the ticket is found to be level 2 after 16 minutes
      And the ticket is acknowledged after 20 minutes
      Then the ticket says:
        | level                     | 2                     |
        | commitment to acknowledge | 30 minutes            |
        | time to acknowledge       | 20 minutes            |
        | acknowledgement           | missed                |
        | acknowledgement missed at | 9 June 2026, 10:15:01 |
        | to be resolved by         | 12 June 2026, 10:00   |

    Scenario: At the last second of the wrong level's limit nothing is missed yet
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a critical issue is reported on 9 June 2026 at 10:00
      And the ticket is found to be level 2 after 15 minutes
      And the ticket is acknowledged after 30 minutes
      Then the ticket says:
        | acknowledgement | in time |

    Scenario: A level that was too high lengthens the time to resolve
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a critical issue is reported on 9 June 2026 at 10:00
      And the ticket is acknowledged after 10 minutes
      And the ticket is found to be level 2 after 23 hours
      And the ticket is resolved after 71 hours
      Then the ticket says:
        | acknowledgement | in time |
        | resolution      | in time |
      And the customer has been told of the ticket:
        | 9 June 2026, 10:00  | it was opened           |
        | 10 June 2026, 09:00 | it has level 2 now      |
        | 12 June 2026, 09:00 | it was resolved in time |

  Rule: “Level 3 – General Issues: General issues include minor service interruptions, non-urgent inquiries, or requests for assistance with features or services.”

    Scenario: A level that was too high shortens the time to resolve, for a general issue has 12 hours
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a degraded service is reported on 9 June 2026 at 10:00
      And the ticket is acknowledged after 10 minutes
      And the ticket is found to be level 3 after 13 hours
      Then the ticket says:
        | level                | 3                  |
        | to be resolved by    | 9 June 2026, 22:00 |
        | resolution           | missed             |
        | resolution missed at | 9 June 2026, 23:00 |

    Scenario Outline: A ticket that is none, such as a duplicate, is cancelled <time> after its report
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a general issue is reported on 9 June 2026 at 10:00
      And the ticket is cancelled after <time>
      And it is 10 June 2026, 10:00
      Then the ticket says:
        | acknowledged    | <cancelled>       |
        | cancelled       | <cancelled>       |
        | acknowledgement | <acknowledgement> |
        | resolution      | <resolution>      |
      And nothing will be due on the ticket any more

      Examples: what was missed by then stays missed, nothing else is judged
        | time              | cancelled             | acknowledgement | resolution |
        | 30 minutes        | 9 June 2026, 10:30    | not judged      | not judged |
        | 31 minutes        | 9 June 2026, 10:31    | missed          | not judged |
        | 12 hours 1 second | 9 June 2026, 22:00:01 | missed          | missed     |

    Scenario: A cancelled ticket is not reopened
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a general issue is reported on 9 June 2026 at 10:00
      And the ticket is cancelled after 10 minutes
      And the ticket is reopened after 1 hour
      Then this is refused: "cannot be reopened: open a new ticket"

  Rule: “This priority level addresses serious issues that still allow the service to function but at a reduced capacity.”

    A problem that becomes another one is no mistake of the level: from then on it has the new level. Its time to
    resolve begins anew, and so does its time to acknowledge, unless it had been acknowledged.

    Scenario: A degraded service that fails altogether is to be resolved within 24 hours of that
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a degraded service is reported on 9 June 2026 at 10:00
      And the ticket is acknowledged after 20 minutes
      And the problem worsens to level 1 after 60 hours
      Then the ticket says:
        | level                     | 1                   |
        | commitment to acknowledge | 30 minutes          |
        | acknowledgement           | in time             |
        | to be resolved by         | 12 June 2026, 22:00 |
      When the ticket is resolved after 84 hours
      Then the ticket says:
        | time to resolve | 24 hours |
        | resolution      | in time  |

    Scenario: What has not been acknowledged when it worsens is acknowledged within 15 minutes of that
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a degraded service is reported on 9 June 2026 at 10:00
      And the problem worsens to level 1 after 25 minutes
      Then the ticket says:
        | to be acknowledged by | 9 June 2026, 10:40 |
      When the ticket is acknowledged after 40 minutes
      Then the ticket says:
        | time to acknowledge | 15 minutes |
        | acknowledgement     | in time    |

    Scenario: Worsening takes no miss back
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a degraded service is reported on 9 June 2026 at 10:00
      And the problem worsens to level 1 after 31 minutes
      And the ticket is acknowledged after 32 minutes
      Then the ticket says:
        | time to acknowledge       | 1 minute              |
        | acknowledgement           | missed                |
        | acknowledgement missed at | 9 June 2026, 10:30:01 |

    Scenario: A resolved ticket keeps its level
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a degraded service is reported on 9 June 2026 at 10:00
      And the ticket is resolved after 40 hours
      And the ticket is found to be level 1 after 41 hours
      Then the ticket says:
        | level      | 2       |
        | resolution | in time |

  Rule: “we will acknowledge your report within 15 to 30 minutes”

    What counts is when it happened, not when it was entered. Word that arrives late corrects the verdict, in whosever
    favour; the customer is told, and the ticket counts how often.

    Scenario: An acknowledgement in time that was entered late
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a degraded service is reported on 9 June 2026 at 10:00
      And it is 9 June 2026, 11:00
      Then the ticket says:
        | acknowledgement | missed |
      When word arrives late, on 9 June 2026 at 11:20, that the ticket was acknowledged on 9 June 2026 at 10:30
      Then the ticket says:
        | acknowledged             | 9 June 2026, 10:30 |
        | acknowledgement          | in time            |
        | corrections by late word | 1                  |
      And the customer has been told of the ticket:
        | 9 June 2026, 10:00    | it was opened                                      |
        | 9 June 2026, 10:30:01 | the commitment to acknowledge it was missed        |
        | 9 June 2026, 11:20    | the verdict was corrected: acknowledgement in time |

    Scenario: An acknowledgement that was late, and entered later still, corrects nothing
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a degraded service is reported on 9 June 2026 at 10:00
      And word arrives late, on 9 June 2026 at 11:20, that the ticket was acknowledged on 9 June 2026 at 10:30:01
      Then the ticket says:
        | acknowledgement          | missed |
        | corrections by late word | 0      |

    Scenario: A report that had been made earlier than it was entered
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a degraded service is reported on 9 June 2026 at 10:00
      And the ticket is acknowledged after 25 minutes
      And word arrives late, on 9 June 2026 at 12:00, that the problem was first reported on 9 June 2026 at 09:50
      Then the ticket says:
        | reported                 | 9 June 2026, 09:50 |
        | time to acknowledge      | 35 minutes         |
        | acknowledgement          | missed             |
        | corrections by late word | 1                  |
      And the customer has been told of the ticket:
        | 9 June 2026, 10:00    | it was opened                                     |
        | 9 June 2026, 10:20:01 | the commitment to acknowledge it was missed       |
        | 9 June 2026, 09:50    | it was opened                                     |
        | 9 June 2026, 12:00    | the verdict was corrected: acknowledgement missed |

    Scenario: A resolution in time that was entered late
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a degraded service is reported on 9 June 2026 at 10:00
      And the ticket is acknowledged after 10 minutes
      And word arrives late, on 13 June 2026 at 09:00, that the ticket was resolved on 12 June 2026 at 10:00
      Then the ticket says:
        | time to resolve          | 72 hours |
        | resolution               | in time  |
        | corrections by late word | 1        |
      And the customer has been told of the ticket:
        | 9 June 2026, 10:00     | it was opened                                 |
        | 12 June 2026, 10:00:01 | the commitment to resolve it was missed       |
        | 12 June 2026, 10:00    | it was resolved in time                       |
        | 13 June 2026, 09:00    | the verdict was corrected: resolution in time |

    Scenario: A ticket that had been cancelled in time is judged no more
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a general issue is reported on 9 June 2026 at 10:00
      And word arrives late, on 9 June 2026 at 12:00, that the ticket was cancelled on 9 June 2026 at 10:20
      Then the ticket says:
        | acknowledgement          | not judged |
        | resolution               | not judged |
        | corrections by late word | 1          |
      And the customer has been told of the ticket:
        | 9 June 2026, 10:00    | it was opened                                         |
        | 9 June 2026, 10:30:01 | the commitment to acknowledge it was missed           |
        | 9 June 2026, 12:00    | the verdict was corrected: acknowledgement not judged |

    Scenario: What is said to have happened before the report is refused
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a degraded service is reported on 9 June 2026 at 10:00
      And word arrives late, on 9 June 2026 at 11:00, that the ticket was acknowledged on 9 June 2026 at 09:59
      Then this is refused: "before the ticket's opening"

  Rule: “The conditions for receiving service credits are as follows:”

    The conditions that follow in the agreement name availability, not tickets: a promise that is missed here earns no
    credit. It stands in the statement of the month in which the report was made, on the customer's own calendar.

    Scenario: A missed ticket is counted in the month's statement, and earns no credit
      Given the service of Harbour Hotels:
        | plan        | Standard   |
        | monthly fee | 499.00 EUR |
      And from June 2026 on, credits are granted without a claim
      When a critical issue is reported on 9 June 2026 at 10:00
      And the ticket is acknowledged after 1 hour
      And the ticket is resolved after 3 days
      And a degraded service is reported on 15 June 2026 at 10:00
      And the ticket is acknowledged after 10 minutes
      And the ticket is resolved after 3 days
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | the commitment was       | kept     |
        | tickets                  | 2        |
        | acknowledgements in time | 1        |
        | acknowledgements missed  | 1        |
        | resolutions in time      | 1        |
        | resolutions missed       | 1        |
        | service credit           | 0.00 EUR |
        | service credit at most   | 0.00 EUR |
      And finance's export of June 2026 holds no credit
      And the customer has not been told that a credit was granted

    Scenario: A ticket that is open when its month is closed stands in the statement as open
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a degraded service is reported on 30 June 2026 at 23:50
      And the ticket is acknowledged after 10 minutes
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | tickets                  | 1 |
        | tickets still open       | 1 |
        | acknowledgements in time | 1 |
        | resolutions in time      | 0 |
        | resolutions missed       | 0 |

    Scenario: A report at the month's last minute belongs to that month, on the customer's clock
      Given the service of Harbour Hotels:
        | customer's time zone | America/New_York |
      When a critical issue is reported on 30 June 2026 at 23:59
      And the ticket is acknowledged on 1 July 2026 at 00:10
      And the ticket is resolved on 1 July 2026 at 08:00
      And July 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | tickets                  | 1 |
        | acknowledgements in time | 1 |
        | resolutions in time      | 1 |
      And the statement of July 2026 says:
        | tickets | 0 |
