Feature: Updates and revisions of the agreement
  The agreement is a document with revisions. Each says from which month on it is in force. A month is judged by the
  revision in force when it begins, and a ticket by the one in force in the month of its opening, whatever is published
  later.

  Rule: “This SLA is subject to periodic reviews to reflect changes in our services or operational improvements.”

    Scenario: A month is judged by the terms that are in force when it begins
      Given the service of Harbour Hotels:
        | plan        | Premium    |
        | monthly fee | 499.00 EUR |
      When on 10 June 2026 at 12:00 a revision of the agreement is published, in force from August 2026:
        | uptime of the Premium plan | 99.97 % |
      And the service is down on 9 July 2026 from 02:00 for 15 minutes
      And the service is down on 9 August 2026 from 02:00 for 15 minutes
      And August 2026 has been closed, a day after its end
      Then the statement of July 2026 says:
        | commitment         | 99.9500 % |
        | availability       | 99.9663 % |
        | the commitment was | kept      |
      And the statement of August 2026 says:
        | commitment         | 99.9700 % |
        | availability       | 99.9663 % |
        | the commitment was | missed    |
        | service credit     | 1.68 EUR  |

    Scenario: The month begins on the customer's own calendar
      Given the service of Harbour Hotels:
        | plan                 | Premium       |
        | customer's time zone | Europe/Berlin |
      When on 10 June 2026 at 12:00 a revision of the agreement is published, in force from August 2026:
        | uptime of the Premium plan | 99.97 % |
      And the service is down on 31 July 2026 from 23:40 for 40 minutes
      And August 2026 has been closed, a day after its end
      Then the statement of July 2026 says:
        | commitment         | 99.9500 %  |
        | downtime           | 20 minutes |
        | the commitment was | kept       |
      And the statement of August 2026 says:
        | commitment         | 99.9700 %  |
        | downtime           | 20 minutes |
        | the commitment was | missed     |

    Scenario: What is credited follows the terms of the month, too
      Given the service of Harbour Hotels:
        | monthly fee | 499.00 EUR |
      When on 10 June 2026 at 12:00 a revision of the agreement is published, in force from August 2026:
        | credit for every percent of downtime | 20 % |
      And the service is down on 9 July 2026 from 02:00 for 7 hours 27 minutes
      And the service is down on 9 August 2026 from 02:00 for 7 hours 27 minutes
      And August 2026 has been closed, a day after its end
      Then the statement of July 2026 says:
        | share of the fee | 10.0134 % |
        | service credit   | 49.97 EUR |
      And the statement of August 2026 says:
        | share of the fee | 20.0268 % |
        | service credit   | 99.93 EUR |

    Scenario Outline: A ticket that is opened in <month> is judged by the terms of <month>
      Given the service of Harbour Hotels:
        | plan | Standard |
      When on 10 June 2026 at 12:00 a revision of the agreement is published, in force from August 2026:
        | a critical report is acknowledged within | 10 minutes |
      And a critical issue is reported on <day> at <time>
      And the ticket is acknowledged after 12 minutes
      Then the ticket says:
        | commitment to acknowledge | <commitment> |
        | acknowledgement           | <verdict>    |

      Examples: the first is acknowledged in August
        | month  | day           | time  | commitment | verdict |
        | July   | 31 July 2026  | 23:59 | 15 minutes | in time |
        | August | 1 August 2026 | 00:00 | 10 minutes | missed  |

    Scenario: What is published is never edited
      Given the service of Harbour Hotels:
        | plan | Premium |
      When on 10 June 2026 at 12:00 a revision of the agreement is published, in force from August 2026:
        | uptime of the Premium plan | 99.97 % |
      And on 11 June 2026 at 12:00 the same revision is published with another content:
        | uptime of the Premium plan | 99.96 % |
      Then this is refused: "what is published is never edited: publish the change as revision 3"

    Scenario: An impossible promise is not published
      Given the service of Harbour Hotels:
        | plan | Premium |
      When on 10 June 2026 at 12:00 a revision of the agreement is published, in force from August 2026:
        | uptime of the Premium plan | 100 % |
      Then this is refused: "finer than slots of 60 s can see"

  Rule: “We will notify you in advance of any significant updates”

    A revision is announced at least 30 days before its first month begins (00:00 UTC), and once more when it does.

    Scenario: Customers are told what changes when it is published, and again when it takes effect
      Given the service of Harbour Hotels:
        | plan | Premium |
      When on 10 June 2026 at 12:00 a revision of the agreement is published, in force from August 2026:
        | uptime of the Premium plan | 99.97 % |
        | claims are in time for     | 14 days |
      Then the customer has been told, as of 10 June 2026, 12:00, that the agreement changes
      And the customer has been told of this change: "Premium plan, uptime: 99.95 % → 99.97 %"
      And the customer has been told of this change: "A claim is made: within 7 days → within 14 days"
      When it is 31 July 2026, 23:59
      Then the customer has not been told that the changed agreement is in force
      When it is 1 August 2026, 00:00
      Then the customer has been told, as of 1 August 2026, 00:00, that the changed agreement is in force
      And the customer has been told 1 times that the agreement changes

    Scenario: A revision thirty days ahead is in time
      Given the service of Harbour Hotels:
        | plan | Premium |
      When on 2 July 2026 at 00:00 a revision of the agreement is published, in force from August 2026:
        | uptime of the Premium plan | 99.97 % |
      Then the customer has been told that the agreement changes

    Scenario: A revision on shorter notice is refused
      Given the service of Harbour Hotels:
        | plan | Premium |
      When on 2 July 2026 at 00:01 a revision of the agreement is published, in force from August 2026:
        | uptime of the Premium plan | 99.97 % |
      Then this is refused: "the first month possible is 2026-09"
      And the customer has not been told that the agreement changes

    Scenario: How long ahead changes are announced can change, and is then announced as the terms of that day say
      Given the service of Harbour Hotels:
        | plan | Premium |
      When on 10 June 2026 at 12:00 a revision of the agreement is published, in force from August 2026:
        | a revision is announced ahead by | 60 days |
      And on 31 July 2026 at 23:59 a revision of the agreement is published, in force from September 2026:
        | uptime of the Premium plan | 99.97 % |
      And on 3 August 2026 at 12:00 a revision of the agreement is published, in force from October 2026:
        | uptime of the Premium plan | 99.96 % |
      Then this is refused: "begins less than 60 days after now"

  Rule: “Updates are typically made on a quarterly basis or as needed based on evolving service needs.”

    Scenario: A revision each quarter, and each month by its own
      Given the service of Harbour Hotels:
        | plan | Premium |
      When on 10 June 2026 at 12:00 a revision of the agreement is published, in force from August 2026:
        | uptime of the Premium plan | 99.96 % |
      And on 10 September 2026 at 12:00 a revision of the agreement is published, in force from November 2026:
        | uptime of the Premium plan | 99.97 % |
      And November 2026 has been closed, a day after its end
      Then the statement of July 2026 says:
        | commitment | 99.9500 % |
      And the statement of August 2026 says:
        | commitment | 99.9600 % |
      And the statement of October 2026 says:
        | commitment | 99.9600 % |
      And the statement of November 2026 says:
        | commitment | 99.9700 % |

    Scenario: A revision as needed, while another one is still to come
      Given the service of Harbour Hotels:
        | plan | Premium |
      When on 10 June 2026 at 12:00 a revision of the agreement is published, in force from September 2026:
        | uptime of the Premium plan | 99.96 % |
      And on 12 June 2026 at 12:00 a revision of the agreement is published, in force from October 2026:
        | uptime of the Premium plan | 99.97 % |
      Then the customer has been told of this change: "Premium plan, uptime: 99.95 % → 99.96 %"
      And the customer has been told of this change: "Premium plan, uptime: 99.96 % → 99.97 %"

    Scenario: A revision does not overtake the one before it
      Given the service of Harbour Hotels:
        | plan | Premium |
      When on 10 June 2026 at 12:00 a revision of the agreement is published, in force from September 2026:
        | uptime of the Premium plan | 99.96 % |
      And on 12 June 2026 at 12:00 a revision of the agreement is published, in force from August 2026:
        | uptime of the Premium plan | 99.97 % |
      Then this is refused: "2026-08 is not after 2026-09, from which revision 2 is in force"
