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

    Scenario: The whole fee is waived for a month with three days of downtime, once it is claimed
      Given the service of Harbour Hotels:
        | monthly fee | 499.00 EUR |
      When the service is down on 25 June 2026 from 00:00 for 3 days
      And the customer claims a credit for June 2026 in the dashboard on 28 June 2026 at 09:00
      And June 2026 has been closed, a day after its end
      Then the claim says:
        | the claim is | approved   |
        | worth        | 499.00 EUR |
      And finance's ledger of June 2026 reads:
        | availability | approved | 499.00 EUR | July 2026 |

    Scenario Outline: A credit is in the currency of the fee, with its decimals: <fee>
      Given the service of Harbour Hotels:
        | monthly fee | <fee> |
      When the service is down on 25 June 2026 from 00:00 for 7 hours 12 minutes
      And the customer claims a credit for June 2026 in the dashboard on 28 June 2026 at 09:00
      And June 2026 has been closed, a day after its end
      Then finance's ledger of June 2026 reads:
        | availability | approved | <credit> | July 2026 |

      Examples: one percent of downtime
        | fee         | credit     |
        | 499.90 EUR  | 49.99 EUR  |
        | 49900 JPY   | 4990 JPY   |
        | 120.500 KWD | 12.050 KWD |

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
        | downtime                   | availability | share      | credit     | begun      | full       |
        | 2 days 23 hours 59 minutes | 90.0023 %    | 99.9768 %  | 498.88 EUR | 499.00 EUR | 449.10 EUR |
        | 3 days                     | 90.0000 %    | 100.0000 % | 499.00 EUR | 499.00 EUR | 499.00 EUR |
        | 3 days 1 minute            | 89.9976 %    | 100.0000 % | 499.00 EUR | 499.00 EUR | 499.00 EUR |
        | 15 days                    | 50.0000 %    | 100.0000 % | 499.00 EUR | 499.00 EUR | 499.00 EUR |

  Rule: “If we fail to meet the performance standards outlined in this SLA, you may be entitled to service credits or service fees waiver.”

    Where missing data decides, a person must: the provider does not profit from its own silence, and the customer does
    not from a guess. The person may count any part of the unknown time as downtime; who finds the commitment missed and
    says no more counts all of it. A metric that missed its limit is claimed by itself; a person sets the amount, at most
    what the credit for downtime leaves of the fee. Nobody decides their own case.

    Background:
      Given the service of Harbour Hotels:
        | plan        | Standard   |
        | monthly fee | 499.00 EUR |

    Scenario: A month that is undecided is found missed: all unknown time is downtime
      When the service is down on 8 June 2026 from 02:00 for 30 minutes
      And the service cannot be observed on 9 June 2026 from 02:00 to 04:00
      And the customer claims a credit for June 2026 in the dashboard on 10 June 2026 at 09:00
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | the commitment was | left undecided |
        | downtime           | 30 minutes     |
        | time unknown       | 2 hours        |
      And operations have been told that the month is undecided
      When Ben finds on 6 July 2026 that the commitment was missed in June 2026
      Then the statement of June 2026 says:
        | revision           | 2         |
        | the commitment was | missed    |
        | share of the fee   | 3.4722 %  |
        | service credit     | 17.33 EUR |
      And the claim says:
        | the claim is | approved  |
        | worth        | 17.33 EUR |
      And finance's ledger of June 2026 reads:
        | availability | approved | 17.33 EUR | July 2026 |
      And the customer has been told that the statement has changed
      And the customer has been told that the commitment is missed
      And revision 1 of the statement of June 2026 still says:
        | the commitment was | left undecided |
        | service credit     | 0.00 EUR       |

    Scenario: A month that is undecided is found missed, by a part of the unknown time
      When the service cannot be observed on 9 June 2026 from 02:00 to 04:00
      And the customer claims a credit for June 2026 in the dashboard on 10 June 2026 at 09:00
      And June 2026 has been closed, a day after its end
      And Ben finds on 6 July 2026 that the commitment was missed in June 2026, with 1 hour of downtime
      Then the statement of June 2026 says:
        | service credit | 6.93 EUR |
      And the claim says:
        | the claim is | approved |
        | worth        | 6.93 EUR |

    Scenario: A month that is undecided is found kept
      When the service cannot be observed on 9 June 2026 from 02:00 to 04:00
      And the customer claims a credit for June 2026 in the dashboard on 10 June 2026 at 09:00
      And June 2026 has been closed, a day after its end
      And Ben finds on 6 July 2026 that the commitment was kept in June 2026
      Then the statement of June 2026 says:
        | revision           | 2        |
        | the commitment was | kept     |
        | service credit     | 0.00 EUR |
      And the claim says:
        | the claim is | rejected             |
        | because      | the promise was kept |
      And finance's export of June 2026 holds no credit

    Scenario: A month that is found missed can be claimed from then on
      When the service cannot be observed on 9 June 2026 from 02:00 to 04:00
      And June 2026 has been closed, a day after its end
      And Ben finds on 6 July 2026 that the commitment was missed in June 2026
      Then the customer has been told that claims are in time until the end of 13 July 2026
      When the customer claims a credit for June 2026 in the dashboard on 13 July 2026 at 23:59:59
      Then the claim says:
        | the claim is   | approved            |
        | in time before | 14 July 2026, 00:00 |
        | worth          | 13.86 EUR           |

    Scenario Outline: What a person finds must fit what is known: <found>, with <downtime> of downtime
      When the service is down on 8 June 2026 from 02:00 for 30 minutes
      And the service cannot be observed on 9 June 2026 from 02:00 to 04:00
      And June 2026 has been closed, a day after its end
      And Ben finds on 6 July 2026 that the commitment was <found> in June 2026, with <downtime> of downtime
      Then this is refused: "<reason>"

      Examples:
        | found  | downtime                    | reason                   |
        | missed | 29 minutes                  | is not between 1800      |
        | missed | 2 hours 30 minutes 1 second | is not between 1800      |
        | missed | 43 minutes                  | change verdict or down_s |
        | kept   | 44 minutes                  | change verdict or down_s |

    Scenario: In a missed month the certain part is credited, and a person decides on the rest
      When the service is down on 9 June 2026 from 02:00 to 03:00
      And the service cannot be observed on 10 June 2026 from 02:00 to 04:00
      And the customer claims a credit for June 2026 in the dashboard on 11 June 2026 at 09:00
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | the commitment was     | missed    |
        | service credit         | 6.93 EUR  |
        | service credit at most | 20.79 EUR |
      And the claim says:
        | the claim is | in review |
        | worth        | 6.93 EUR  |
      And finance's ledger of June 2026 reads:
        | availability | approved | 6.93 EUR | July 2026 |
      When Ben finds on 6 July 2026 that the commitment was missed in June 2026
      Then the claim says:
        | the claim is | approved  |
        | worth        | 20.79 EUR |
      And revision 2 of finance's export of June 2026 adds only:
        | availability | reversal | -6.93 EUR | July 2026 |
        | availability | approved | 20.79 EUR | July 2026 |

    Scenario: A month without doubt is not reviewed
      When the service is down on 9 June 2026 from 02:00 to 03:00
      And June 2026 has been closed, a day after its end
      And Ben finds on 6 July 2026 that the commitment was kept in June 2026
      Then this is refused: "without doubt"

    Scenario: A month is reviewed once
      When the service cannot be observed on 9 June 2026 from 02:00 to 04:00
      And June 2026 has been closed, a day after its end
      And Ben finds on 6 July 2026 that the commitment was kept in June 2026
      And Anna finds on 7 July 2026 that the commitment was missed in June 2026
      Then this is refused: "was reviewed by `Ben` already"

    Scenario: The customer does not decide its own month
      When the service cannot be observed on 9 June 2026 from 02:00 to 04:00
      And June 2026 has been closed, a day after its end
      And the customer itself finds on 6 July 2026 that the commitment was missed in June 2026
      Then this is refused: "a member of staff must decide"
      And the statement of June 2026 says:
        | revision           | 1              |
        | the commitment was | left undecided |

    Scenario: A finding does not outlive the statement that it is about
      When the service cannot be observed on 9 June 2026 from 02:00 to 04:00
      And the customer claims a credit for June 2026 in the dashboard on 10 June 2026 at 09:00
      And June 2026 has been closed, a day after its end
      And Ben finds on 6 July 2026 that the commitment was missed in June 2026
      Then finance's ledger of June 2026 reads:
        | availability | approved | 13.86 EUR | July 2026 |
      When a report arrives late, on 8 July 2026 at 10:00: the service was up on 9 June 2026 from 02:00 to 02:30
      And it is 9 July 2026, 03:00
      Then the statement of June 2026 says:
        | revision | 2 |
      When Anna has June 2026 restated on 10 July 2026
      Then the statement of June 2026 says:
        | revision           | 3                 |
        | time unknown       | 1 hour 30 minutes |
        | the commitment was | left undecided    |
        | service credit     | 0.00 EUR          |
      And the claim says:
        | the claim is | in review |
      And finance's ledger of June 2026 reads:
        | availability | approved | 13.86 EUR  | July 2026 |
        | availability | reversal | -13.86 EUR | July 2026 |
      And operations have been told 2 times that the month is undecided
      When Anna finds on 13 July 2026 that the commitment was missed in June 2026
      Then the statement of June 2026 says:
        | revision       | 4         |
        | service credit | 10.40 EUR |
      And the claim says:
        | the claim is | approved  |
        | worth        | 10.40 EUR |

    Scenario: A missed metric is claimed, and a person sets the amount
      When a latency of 61.2 ms is measured on 9 June 2026 from 02:00 for 3 hours
      And the customer claims a performance credit for June 2026 in the dashboard on 20 June 2026 at 09:00
      Then the claim says:
        | the claim is | held until the close |
      When June 2026 has been closed, a day after its end
      Then the claim says:
        | for          | performance |
        | the claim is | in review   |
        | worth        | none        |
      And finance's export of June 2026 holds no credit
      When Ben grants 50.00 EUR for the claim on 6 July 2026
      Then the claim says:
        | the claim is | approved  |
        | worth        | 50.00 EUR |
      And finance's ledger of June 2026 reads:
        | performance | approved | 50.00 EUR | July 2026 |
      And the customer has been told that a credit of 50.00 EUR was granted, with the bill of July 2026

    Scenario: A person finds that a missed metric earns nothing
      When a latency of 61.2 ms is measured on 9 June 2026 from 02:00 for 3 hours
      And June 2026 has been closed, a day after its end
      And the customer claims a performance credit for June 2026 in the dashboard on 3 July 2026 at 09:00
      And Ben rejects the claim on 6 July 2026
      Then the claim says:
        | the claim is | rejected          |
        | because      | a person found so |
      And the customer has been told that a claim was decided
      And finance's export of June 2026 holds no credit

    Scenario Outline: A missed metric is claimed within seven days of the day on which it was told: <claimed>, <time>
      When a latency of 61.2 ms is measured on 9 June 2026 from 02:00 for 3 hours
      And June 2026 has been closed, a day after its end
      And it is 9 July 2026, 00:00
      Then the customer has been told, as of 9 July 2026, 00:00, that the time to claim is running out
      When the customer claims a performance credit for June 2026 in the dashboard on <claimed> at <time>
      Then the claim says:
        | the claim is | <state>   |
        | because      | <because> |

      Examples: it was told on 2 July
        | claimed      | time     | state     | because          |
        | 9 July 2026  | 23:59:59 | in review | none             |
        | 10 July 2026 | 00:00:00 | rejected  | it came too late |

    Scenario: A metric that was kept earns nothing
      When a latency of 20 ms is measured on 9 June 2026 from 02:00 for 3 hours
      And the customer claims a performance credit for June 2026 in the dashboard on 20 June 2026 at 09:00
      And June 2026 has been closed, a day after its end
      Then the claim says:
        | the claim is | rejected             |
        | because      | the promise was kept |

    Scenario: The customer does not decide its own claim
      When a latency of 61.2 ms is measured on 9 June 2026 from 02:00 for 3 hours
      And June 2026 has been closed, a day after its end
      And the customer claims a performance credit for June 2026 in the dashboard on 3 July 2026 at 09:00
      And the customer itself grants 50.00 EUR for the claim on 6 July 2026
      Then this is refused: "a member of staff must decide"
      And the claim says:
        | the claim is | in review |

    Scenario: At most what the credit for downtime leaves of the fee is granted
      When a latency of 61.2 ms is measured on 9 June 2026 from 02:00 for 3 hours
      And the service is down on 28 June 2026 from 02:00 to 04:00
      And the customer claims a credit for June 2026 in the dashboard on 29 June 2026 at 09:00
      And June 2026 has been closed, a day after its end
      And the customer claims a performance credit for June 2026 in the dashboard on 3 July 2026 at 09:00
      And Ben grants 485.15 EUR for the claim on 6 July 2026
      Then this is refused: "at most 485.14 EUR"
      When Ben grants 485.14 EUR for the claim on 7 July 2026
      Then finance's ledger of June 2026 reads:
        | availability | approved | 13.86 EUR  | July 2026 |
        | performance  | approved | 485.14 EUR | July 2026 |

    Scenario: Where downtime waives the fee, nothing is left to grant
      When a latency of 61.2 ms is measured on 9 June 2026 from 02:00 for 3 hours
      And the service is down on 25 June 2026 from 00:00 for 3 days
      And the customer claims a credit for June 2026 in the dashboard on 29 June 2026 at 09:00
      And June 2026 has been closed, a day after its end
      And the customer claims a performance credit for June 2026 in the dashboard on 3 July 2026 at 09:00
      And Ben grants 0.01 EUR for the claim on 6 July 2026
      Then this is refused: "at most 0.00 EUR"

    Scenario: The credit for downtime comes first, also if it is claimed later
      When a latency of 61.2 ms is measured on 9 June 2026 from 02:00 for 3 hours
      And the service is down on 28 June 2026 from 02:00 to 04:00
      And June 2026 has been closed, a day after its end
      And the customer claims a performance credit for June 2026 in the dashboard on 2 July 2026 at 09:00
      And Ben grants 490.00 EUR for the claim on 3 July 2026
      And the customer claims a credit for June 2026 in the dashboard on 4 July 2026 at 09:00
      Then finance's ledger of June 2026 reads:
        | performance  | approved | 490.00 EUR  | July 2026 |
        | performance  | reversal | -490.00 EUR | July 2026 |
        | availability | approved | 13.86 EUR   | July 2026 |
        | performance  | approved | 485.14 EUR  | July 2026 |

    Scenario: A credit in another currency than the fee is not granted
      When a latency of 61.2 ms is measured on 9 June 2026 from 02:00 for 3 hours
      And June 2026 has been closed, a day after its end
      And the customer claims a performance credit for June 2026 in the dashboard on 3 July 2026 at 09:00
      And Ben grants 50.00 USD for the claim on 6 July 2026
      Then this is refused: "50.00 USD is not more than 0 and at most 499.00 EUR"

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

    Scenario: If the next bill is out, the credit is applied to the one after
      When the service is down on 28 June 2026 from 02:00 to 05:00
      And the bills of July 2026 are sent out on 30 June 2026
      And June 2026 has been closed, a day after its end
      Then finance's ledger of June 2026 reads:
        | availability | approved | 20.79 EUR | August 2026 |
      And the customer has been told that a credit of 20.79 EUR was granted, with the bill of August 2026

    Scenario: What changes after the bill was paid is settled on the next one
      When the service is down on 28 June 2026 from 02:00 to 05:00
      And June 2026 has been closed, a day after its end
      Then finance's ledger of June 2026 reads:
        | availability | approved | 20.79 EUR | July 2026 |
      When the bills of July 2026 are sent out on 3 July 2026
      And Anna raises an exclusion on 6 July 2026 for 28 June 2026 from 02:00 to 04:00, as force majeure: "The flood."
      And Ben approves it on 7 July 2026
      And it is 8 July 2026, 03:00
      Then the statement of June 2026 says:
        | revision       | 2        |
        | service credit | 6.95 EUR |
      And revision 2 of finance's export of June 2026 adds only:
        | availability | reversal | -20.79 EUR | August 2026 |
        | availability | approved | 6.95 EUR   | August 2026 |
      And the customer has been told that the statement has changed
      And the customer has been told that a credit of 20.79 EUR was taken back
      And the customer has been told that a credit of 6.95 EUR was granted, with the bill of August 2026

    Scenario: The credit of a service that has ended is paid out
      When the service is down on 9 June 2026 from 02:00 to 05:00
      And on 20 June 2026 the service is ended as of 25 June 2026, 00:00
      And June 2026 has been closed, a day after its end
      Then finance's ledger of June 2026 reads:
        | availability | approved | 25.99 EUR | paid out |
      And the customer has been told that a credit of 25.99 EUR is paid out

    Scenario: The credit of a service that ends after the next bill is applied to that bill
      When the service is down on 9 June 2026 from 02:00 to 05:00
      And on 20 June 2026 the service is ended as of 1 July 2026, 00:01
      And June 2026 has been closed, a day after its end
      Then finance's ledger of June 2026 reads:
        | availability | approved | 20.79 EUR | July 2026 |

    Scenario: Months are credited each for itself
      When the service is down on 30 June 2026 from 22:00 to 02:00
      And July 2026 has been closed, a day after its end
      Then finance's export of June 2026 holds these credits:
        | approved | 13.86 EUR | July 2026 |
      And finance's export of July 2026 holds these credits:
        | approved | 13.41 EUR | August 2026 |
