Feature: Performance metrics
  “To ensure our services meet or exceed performance expectations, we continuously monitor several key metrics, including:”

  Each metric is judged once a month, by the mean of all that was measured: what one place measured in one step of time
  is one measurement. Scheduled maintenance and exclusions are left out. What was not measured is neither kept nor
  missed.

  Rule: “Network Latency: We target latency levels of <50 ms for most regions.”

    Scenario Outline: A mean latency of <latency>
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a latency of <latency> is measured on 9 June 2026 from 02:00 for 3 hours
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | mean latency         | <latency> |
        | latency limit        | 50.000 ms |
        | latency measurements | 180       |
        | the latency was      | <verdict> |
        | the commitment was   | kept      |

      Examples: fifty milliseconds are not less than fifty
        | latency   | verdict |
        | 49.999 ms | kept    |
        | 50.000 ms | missed  |
        | 50.001 ms | missed  |

    Scenario: The mean is shown with three decimals, and judged as it is
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a latency of 50 ms is measured on 9 June 2026 from 02:00 for 10 hours
      And a latency of 49.999 ms is measured on 9 June 2026 from 20:00 for 1 minute
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | mean latency         | 49.999 ms |
        | latency measurements | 601       |
        | median latency       | 50.000 ms |
        | the latency was      | kept      |

    Scenario: A few slow hours do not miss a month
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a latency of 20 ms is measured on 9 June 2026 from 00:00 for 4 days
      And a latency of 300 ms is measured on 20 June 2026 from 08:00 for 9 hours
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | mean latency                | 44.000 ms  |
        | median latency              | 20.000 ms  |
        | latency of 95 in a hundred  | 300.000 ms |
        | latency of 99 in a hundred  | 300.000 ms |
        | the latency was             | kept       |
      And the customer has not been told that a metric missed its limit

    Scenario: Every measurement of every place counts alike
      Given the service of Harbour Hotels:
        | plan         | Standard            |
        | checked from | Frankfurt and Paris |
      When a latency of 30 ms is measured from Frankfurt on 9 June 2026 from 02:00 for 3 hours
      And a latency of 110 ms is measured from Paris on 9 June 2026 from 02:00 for 1 hour
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | mean latency         | 50.000 ms |
        | latency measurements | 240       |
        | the latency was      | missed    |

    Scenario: Maintenance is left out
      Given the service of Harbour Hotels:
        | plan | Standard |
      When maintenance is announced on 5 June 2026 at 10:00 for 9 June 2026 from 02:00 to 04:00
      And a latency of 900 ms is measured on 9 June 2026 from 02:00 for 2 hours
      And a latency of 30 ms is measured on 9 June 2026 from 04:00 for 1 hour
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | mean latency         | 30.000 ms |
        | latency measurements | 60        |
        | the latency was      | kept      |

    Scenario: What is excluded after the close is left out of a new revision
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a latency of 900 ms is measured on 28 June 2026 from 02:00 for 2 hours
      And a latency of 30 ms is measured on 28 June 2026 from 04:00 for 1 hour
      And June 2026 has been closed, a day after its end
      And Anna raises an exclusion on 3 July 2026 for 28 June 2026 from 02:00 to 04:00, as a cyber attack: "Report 12."
      And Ben approves it on 6 July 2026
      And it is 7 July 2026, 03:00
      Then revision 1 of the statement of June 2026 still says:
        | the latency was | missed |
      And the statement of June 2026 says:
        | revision        | 2         |
        | mean latency    | 30.000 ms |
        | the latency was | kept      |
      And the customer has been told that the statement has changed

    Scenario: A month in which nothing was measured is not judged
      Given the service of Harbour Hotels:
        | plan | Standard |
      When June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | mean latency         | none         |
        | latency limit        | 50.000 ms    |
        | latency measurements | 0            |
        | the latency was      | not measured |
        | the throughput was   | not measured |
        | the packet loss was  | not measured |

    Scenario: A region that is not among the most has a limit of its own
      Given the service of Harbour Hotels:
        | plan | Standard |
      And from June 2026 on, a latency of less than 80 ms is promised in the service's region
      When a latency of 79.999 ms is measured on 9 June 2026 from 02:00 for 3 hours
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | latency limit   | 80.000 ms |
        | the latency was | kept      |

    Scenario: A region that is exempt shows what was measured, and no verdict
      Given the service of Harbour Hotels:
        | plan | Standard |
      And from June 2026 on, no latency is promised in the service's region
      When a latency of 250 ms is measured on 9 June 2026 from 02:00 for 3 hours
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | mean latency         | 250.000 ms   |
        | latency limit        | none         |
        | latency measurements | 180          |
        | the latency was      | not measured |
      And the customer has not been told that a metric missed its limit

  Rule: “Data Throughput: Guaranteed at 100 Mbps or higher, depending on the service plan.”

    Scenario Outline: A mean throughput of <throughput>
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a throughput of <throughput> is measured on 9 June 2026 from 02:00 for 3 hours
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | mean throughput    | <throughput> |
        | throughput limit   | 100.000 Mbps |
        | the throughput was | <verdict>    |

      Examples: a hundred is enough
        | throughput   | verdict |
        | 100.000 Mbps | kept    |
        | 99.999 Mbps  | missed  |

    Scenario Outline: A plan that promises more is held to it: <throughput>
      Given the service of Harbour Hotels:
        | plan | Premium |
      And from June 2026 on, the Premium plan promises a throughput of 250 Mbps
      When a throughput of <throughput> is measured on 9 June 2026 from 02:00 for 3 hours
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | throughput limit   | 250.000 Mbps |
        | the throughput was | <verdict>    |

      Examples:
        | throughput   | verdict |
        | 250 Mbps     | kept    |
        | 249.999 Mbps | missed  |

  Rule: “Packet Loss: We maintain a packet loss rate of <0.1%, ensuring smooth and reliable communication.”

    Scenario Outline: A mean packet loss of <loss>
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a packet loss of <loss> is measured on 9 June 2026 from 02:00 for 3 hours
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | mean packet loss    | <shown>   |
        | packet loss limit   | 0.100 %   |
        | the packet loss was | <verdict> |

      Examples: a tenth of a percent is not less than a tenth of a percent
        | loss     | shown   | verdict |
        | 0 %      | 0.000 % | kept    |
        | 0.0999 % | 0.099 % | kept    |
        | 0.1 %    | 0.100 % | missed  |

  Rule: “If performance metrics fall below these thresholds, you may be eligible for service credits.”

    A missed metric opens the right to claim, for seven whole days after the day on which the customer was told. A person
    reviews the claim and sets the amount: nothing is credited by itself.

    Scenario: A missed metric is told to all who must know, and earns no credit by itself
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a latency of 61.2 ms is measured on 9 June 2026 from 02:00 for 3 hours
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | the latency was    | missed   |
        | the commitment was | kept     |
        | service credit     | 0.00 EUR |
      And the customer has been told that a metric missed its limit
      And operations have been told that a metric missed its limit
      And finance has been told that a metric missed its limit
      And the customer has been told that claims for performance are in time until the end of 9 July 2026
      And finance's export of June 2026 holds no credit

    Scenario: Each metric that is missed is told by itself
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a latency of 61.2 ms is measured on 9 June 2026 from 02:00 for 3 hours
      And a throughput of 20 Mbps is measured on 9 June 2026 from 02:00 for 3 hours
      And a packet loss of 0.01 % is measured on 9 June 2026 from 02:00 for 3 hours
      And June 2026 has been closed, a day after its end
      Then the customer has been told 2 times that a metric missed its limit

    Scenario: The days are those of the customer's own calendar
      Given the service of Harbour Hotels:
        | plan                 | Standard         |
        | customer's time zone | America/New_York |
      When a latency of 61.2 ms is measured on 9 June 2026 from 02:00 for 3 hours
      And June 2026 has been closed, a day after its end
      Then the customer has been told, as of 2 July 2026, 00:00, that a metric missed its limit
      And the customer has been told that claims for performance are in time until the end of 9 July 2026

    Scenario: What was measured and arrives late counts if it is in the customer's favour
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a latency of 30 ms is measured on 9 June 2026 from 02:00 for 1 hour
      And June 2026 has been closed, a day after its end
      And a report arrives late, on 4 July 2026 at 10:00: a latency of 90 ms was measured on 10 June 2026 from 02:00 for 1 hour
      And it is 5 July 2026, 03:00
      Then the statement of June 2026 says:
        | revision        | 2         |
        | mean latency    | 60.000 ms |
        | the latency was | missed    |
      And the customer has been told that a metric missed its limit
      And the customer has been told that claims for performance are in time until the end of 12 July 2026

    Scenario: What would take a missed metric back waits for a person
      Given the service of Harbour Hotels:
        | plan | Standard |
      When a latency of 90 ms is measured on 9 June 2026 from 02:00 for 1 hour
      And June 2026 has been closed, a day after its end
      And a report arrives late, on 4 July 2026 at 10:00: a latency of 1 ms was measured on 10 June 2026 from 02:00 for 9 hours
      And it is 5 July 2026, 03:00
      Then the statement of June 2026 says:
        | revision        | 1         |
        | mean latency    | 90.000 ms |
        | the latency was | missed    |
