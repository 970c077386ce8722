Feature: Reporting and escalation
  “To report an issue, follow these steps:”

  Whoever reports is heard, in whatever way and at whatever hour. What waits too long is brought before those who can
  hurry it, well before a promise is missed.

  Rule: “For any service-related issues, our support team is available 24/7.”

    Scenario Outline: A general issue is reported on a <day>, on <when>
      Given the service of Harbour Hotels:
        | customer's time zone | Europe/Berlin |
      When a general issue is reported on <when>
      Then the ticket says:
        | reported              | <reported>     |
        | to be acknowledged by | <acknowledged> |
        | to be resolved by     | <resolved>     |

      Examples:
        | day           | when                  | reported            | acknowledged        | resolved            |
        | working day   | 10 June 2026 at 11:00 | 10 June 2026, 11:00 | 10 June 2026, 11:30 | 10 June 2026, 23:00 |
        | working night | 11 June 2026 at 03:45 | 11 June 2026, 03:45 | 11 June 2026, 04:15 | 11 June 2026, 15:45 |
        | Sunday        | 14 June 2026 at 22:10 | 14 June 2026, 22:10 | 14 June 2026, 22:40 | 15 June 2026, 10:10 |

  Rule: “Contact Support: Reach out via our support portal, live chat, email, or dedicated phone line for urgent cases.”

    Scenario Outline: A report <how> starts the same clocks as any other
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a critical issue is reported <how> on 9 June 2026 at 10:00
      Then the ticket says:
        | how                   | <how>               |
        | reported              | 9 June 2026, 10:00  |
        | to be acknowledged by | 9 June 2026, 10:15  |
        | to be resolved by     | 10 June 2026, 10:00 |
      And the customer has been told of the ticket:
        | 9 June 2026, 10:00 | it was opened |

      Examples:
        | how                   |
        | in the support portal |
        | by live chat          |
        | by email              |
        | by phone              |

  Rule: “Provide Details: Include relevant information, such as your service ID, a description of the issue, and any steps you’ve taken to troubleshoot.”

    Scenario: A report keeps the details that it was given
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a critical issue is reported on 9 June 2026 at 10:00, with these details:
        | how         | by phone                                                      |
        | service     | Reservations                                                  |
        | in a line   | No bookings go through                                        |
        | description | Every booking since 09:50 fails. We restarted the front desk. |
      Then the ticket says:
        | level       | 1                                                             |
        | how         | by phone                                                      |
        | service     | Reservations                                                  |
        | in a line   | No bookings go through                                        |
        | description | Every booking since 09:50 fails. We restarted the front desk. |

    Scenario: A report without a service or a description starts its clocks all the same
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a general issue is reported on 9 June 2026 at 10:00, with these details:
        | service   | none                        |
        | in a line | How do we add a second user |
      Then the ticket says:
        | service               | none               |
        | description           | none               |
        | to be acknowledged by | 9 June 2026, 10:30 |
        | to be resolved by     | 9 June 2026, 22:00 |
      When the ticket is resolved after 1 hour
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | tickets | 0 |

    Scenario: A report about a service that nobody knows is put aside, and says what is to be done
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a critical issue is reported on 9 June 2026 at 10:00, with these details:
        | service | Garden lights |
      Then this is refused: "is not registered: register it, then replay"

  Rule: “You can track the status of your ticket”

    Support's own desk shows the ticket as it is; the customer dashboard is to show the same.

    Scenario: The status of a ticket, minute by minute
      Given the service of Harbour Hotels:
        | customer's time zone | Europe/Berlin |
      When a critical issue is reported on 9 June 2026 at 10:00
      And it is 9 June 2026, 10:06
      Then the ticket says:
        | level                 | 1                   |
        | reported              | 9 June 2026, 10:00  |
        | time to acknowledge   | 6 minutes           |
        | acknowledged          | not yet             |
        | to be acknowledged by | 9 June 2026, 10:15  |
        | acknowledgement       | still open          |
        | time to resolve       | 6 minutes           |
        | resolved              | not yet             |
        | to be resolved by     | 10 June 2026, 10:00 |
        | resolution            | still open          |
      And if nothing happens, these will be told of the ticket:
        | 9 June 2026, 10:07:30  | 50 % of the time to acknowledge it had passed |
        | 9 June 2026, 10:11:15  | 75 % of the time to acknowledge it had passed |
        | 9 June 2026, 10:13:30  | 90 % of the time to acknowledge it had passed |
        | 9 June 2026, 10:15:01  | the commitment to acknowledge it was missed   |
        | 9 June 2026, 22:00     | 50 % of the time to resolve it had passed     |
        | 10 June 2026, 04:00    | 75 % of the time to resolve it had passed     |
        | 10 June 2026, 07:36    | 90 % of the time to resolve it had passed     |
        | 10 June 2026, 10:00:01 | the commitment to resolve it was missed       |
      When the ticket is acknowledged after 7 minutes
      Then the ticket says:
        | acknowledged    | 9 June 2026, 10:07 |
        | acknowledgement | in time            |
        | resolution      | still open         |
      When the ticket is resolved after 2 hours
      And it is 9 June 2026, 18:00
      Then the ticket says:
        | resolved        | 9 June 2026, 12:00 |
        | time to resolve | 2 hours            |
        | resolution      | in time            |
      And nothing will be due on the ticket any more

    Scenario: A ticket shows everything that happened to it, also what changed nothing
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a degraded service is reported on 9 June 2026 at 10:00
      And the ticket is acknowledged on 9 June 2026 at 10:20
      And the ticket is acknowledged on 9 June 2026 at 10:25
      And the customer is asked for details on 9 June 2026 at 11:00
      And the customer answers on 9 June 2026 at 12:00
      And the problem worsens to level 1 on 9 June 2026 at 13:00
      And the ticket is resolved on 9 June 2026 at 15:00
      And the ticket is reopened on 10 June 2026 at 15:00
      And the ticket is closed on 10 June 2026 at 16:00
      And the ticket is reopened on 17 June 2026 at 16:00:01
      Then this is refused: "open a new ticket"
      And the ticket's history is:
        | 9 June 2026, 10:00     | opened                       |
        | 9 June 2026, 10:20     | acknowledged                 |
        | 9 June 2026, 10:25     | acknowledged, without effect |
        | 9 June 2026, 11:00     | waiting on customer          |
        | 9 June 2026, 12:00     | resumed                      |
        | 9 June 2026, 13:00     | level changed                |
        | 9 June 2026, 15:00     | resolved                     |
        | 10 June 2026, 15:00    | reopened                     |
        | 10 June 2026, 16:00    | closed                       |
        | 17 June 2026, 16:00:01 | reopened, refused            |

  Rule: “For business-critical issues, our support team will escalate incidents as needed to ensure prompt resolution.”

    A critical issue goes up a chain until it is acknowledged: to the team lead once its target is missed, to the duty
    manager once its commitment is missed.

    Scenario: A critical issue that nobody acknowledges goes up the whole chain
      Given the service of Harbour Hotels:
        | customer's time zone | America/New_York |
      When a critical issue is reported on 9 June 2026 at 10:00
      And it is 9 June 2026, 10:05
      Then operations have been told of the ticket:
        | 9 June 2026, 10:00 | it was opened |
      When it is 9 June 2026, 11:00
      Then operations have been told of the ticket:
        | 9 June 2026, 10:00    | it was opened                                 |
        | 9 June 2026, 10:05:01 | the target to acknowledge it was missed       |
        | 9 June 2026, 10:05:01 | it was escalated to the team lead             |
        | 9 June 2026, 10:07:30 | 50 % of the time to acknowledge it had passed |
        | 9 June 2026, 10:11:15 | 75 % of the time to acknowledge it had passed |
        | 9 June 2026, 10:13:30 | 90 % of the time to acknowledge it had passed |
        | 9 June 2026, 10:15:01 | the commitment to acknowledge it was missed   |
        | 9 June 2026, 10:15:01 | it was escalated to the duty manager          |
      And the customer has been told of the ticket:
        | 9 June 2026, 10:00    | it was opened                               |
        | 9 June 2026, 10:15:01 | the commitment to acknowledge it was missed |

    Scenario: A critical issue that is acknowledged within its target is brought before nobody
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a critical issue is reported on 9 June 2026 at 10:00
      And the ticket is acknowledged after 5 minutes
      And it is 9 June 2026, 11:00
      Then operations have been told of the ticket:
        | 9 June 2026, 10:00 | it was opened |

    Scenario: Once the team lead has seen to its acknowledgement, the duty manager is left in peace
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a critical issue is reported on 9 June 2026 at 10:00
      And the ticket is acknowledged after 7 minutes
      And it is 9 June 2026, 11:00
      Then operations have been told of the ticket:
        | 9 June 2026, 10:00    | it was opened                           |
        | 9 June 2026, 10:05:01 | the target to acknowledge it was missed |
        | 9 June 2026, 10:05:01 | it was escalated to the team lead       |

    Scenario: A critical issue that is cancelled is brought before nobody any more
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a critical issue is reported on 9 June 2026 at 10:00
      And the ticket is cancelled after 14 minutes
      And it is 10 June 2026, 11:00
      Then operations have been told of the ticket:
        | 9 June 2026, 10:00    | it was opened                                 |
        | 9 June 2026, 10:05:01 | the target to acknowledge it was missed       |
        | 9 June 2026, 10:05:01 | it was escalated to the team lead             |
        | 9 June 2026, 10:07:30 | 50 % of the time to acknowledge it had passed |
        | 9 June 2026, 10:11:15 | 75 % of the time to acknowledge it had passed |
        | 9 June 2026, 10:13:30 | 90 % of the time to acknowledge it had passed |

    Scenario: A degraded service that fails altogether goes up the chain from then on
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a degraded service is reported on 9 June 2026 at 10:00
      And the problem worsens to level 1 after 10 minutes
      And it is 9 June 2026, 10:30
      Then operations have been told of the ticket:
        | 9 June 2026, 10:00    | it was opened                                 |
        | 9 June 2026, 10:10    | it has level 1 now                            |
        | 9 June 2026, 10:15:01 | the target to acknowledge it was missed       |
        | 9 June 2026, 10:15:01 | it was escalated to the team lead             |
        | 9 June 2026, 10:17:30 | 50 % of the time to acknowledge it had passed |
        | 9 June 2026, 10:21:15 | 75 % of the time to acknowledge it had passed |
        | 9 June 2026, 10:23:30 | 90 % of the time to acknowledge it had passed |
        | 9 June 2026, 10:25:01 | the commitment to acknowledge it was missed   |
        | 9 June 2026, 10:25:01 | it was escalated to the duty manager          |

    Scenario: An issue that is found to be critical after its target has passed goes to the team lead at once
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a general issue is reported on 9 June 2026 at 10:00
      And the ticket is found to be level 1 after 6 minutes
      And it is 9 June 2026, 10:07
      Then operations have been told of the ticket:
        | 9 June 2026, 10:00 | it was opened                           |
        | 9 June 2026, 10:06 | it has level 1 now                      |
        | 9 June 2026, 10:06 | the target to acknowledge it was missed |
        | 9 June 2026, 10:06 | it was escalated to the team lead       |

    Scenario: An issue that is found to be critical when half its time has passed goes to the team lead at once
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a general issue is reported on 9 June 2026 at 10:00
      And the ticket is found to be level 1 after 10 minutes
      And it is 9 June 2026, 10:11
      Then operations have been told of the ticket:
        | 9 June 2026, 10:00 | it was opened                                 |
        | 9 June 2026, 10:10 | it has level 1 now                            |
        | 9 June 2026, 10:10 | 50 % of the time to acknowledge it had passed |
        | 9 June 2026, 10:10 | it was escalated to the team lead             |

    Scenario: Other issues are warned of, but go up no chain: a degraded service
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a degraded service is reported on 9 June 2026 at 10:00
      And it is 9 June 2026, 12:00
      Then operations have been told of the ticket:
        | 9 June 2026, 10:00    | it was opened                                 |
        | 9 June 2026, 10:15    | 50 % of the time to acknowledge it had passed |
        | 9 June 2026, 10:15:01 | the target to acknowledge it was missed       |
        | 9 June 2026, 10:22:30 | 75 % of the time to acknowledge it had passed |
        | 9 June 2026, 10:27    | 90 % of the time to acknowledge it had passed |
        | 9 June 2026, 10:30:01 | the commitment to acknowledge it was missed   |

    Scenario: Other issues are warned of, but go up no chain: a general issue
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a general issue is reported on 9 June 2026 at 10:00
      And it is 9 June 2026, 12:00
      Then operations have been told of the ticket:
        | 9 June 2026, 10:00    | it was opened                                 |
        | 9 June 2026, 10:15    | 50 % of the time to acknowledge it had passed |
        | 9 June 2026, 10:22:30 | 75 % of the time to acknowledge it had passed |
        | 9 June 2026, 10:27    | 90 % of the time to acknowledge it had passed |
        | 9 June 2026, 10:30:01 | the commitment to acknowledge it was missed   |
        | 9 June 2026, 11:00:01 | the target to resolve it was missed           |

  Rule: “These cases require immediate action as they impact your business operations significantly.”

    Operations are warned at 50, 75 and 90 percent of each limit, while something can still be done. The customer hears
    of what was missed, not of what might be.

    Scenario: Operations are warned of a resolution that is due; once acknowledged, the issue goes up no chain
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a critical issue is reported on 9 June 2026 at 10:00
      And the ticket is acknowledged after 4 minutes
      And it is 10 June 2026, 12:00
      Then operations have been told of the ticket:
        | 9 June 2026, 10:00     | it was opened                             |
        | 9 June 2026, 22:00     | 50 % of the time to resolve it had passed |
        | 10 June 2026, 04:00    | 75 % of the time to resolve it had passed |
        | 10 June 2026, 07:36    | 90 % of the time to resolve it had passed |
        | 10 June 2026, 10:00:01 | the commitment to resolve it was missed   |
      And the customer has been told of the ticket:
        | 9 June 2026, 10:00     | it was opened                           |
        | 10 June 2026, 10:00:01 | the commitment to resolve it was missed |

    Scenario: While a ticket is resolved nobody is warned; reopened, its warnings go on where they stopped
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a critical issue is reported on 9 June 2026 at 10:00
      And the ticket is acknowledged after 4 minutes
      And the ticket is resolved after 20 hours
      And the ticket is reopened 1 day later
      And it is 12 June 2026, 10:00
      Then operations have been told of the ticket:
        | 9 June 2026, 10:00     | it was opened                             |
        | 9 June 2026, 22:00     | 50 % of the time to resolve it had passed |
        | 10 June 2026, 04:00    | 75 % of the time to resolve it had passed |
        | 10 June 2026, 06:00    | it was resolved in time                   |
        | 11 June 2026, 07:36    | 90 % of the time to resolve it had passed |
        | 11 June 2026, 10:00:01 | the commitment to resolve it was missed   |
