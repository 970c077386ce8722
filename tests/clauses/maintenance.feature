Feature: Scheduled maintenance
  “Downtime is calculated on a monthly basis, excluding scheduled maintenance.”

  Maintenance is scheduled if it was announced at least 72 hours before it begins. It can be cancelled until it begins
  and ended early until it ends; it is never extended. What goes beyond it is downtime.

  Rule: “Downtime is calculated on a monthly basis, excluding scheduled maintenance.”

    Background:
      Given the service of Harbour Hotels:
        | plan        | Standard   |
        | monthly fee | 499.00 EUR |

    Scenario: Downtime within announced maintenance does not count
      When maintenance is announced on 5 June 2026 at 10:00 for 9 June 2026 from 02:00 to 04:00
      And the service is down on 9 June 2026 from 02:00 to 04:00
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | time in total      | 30 days          |
        | time not counted   | 2 hours          |
        | time available     | 29 days 22 hours |
        | downtime           | none             |
        | availability       | 100.0000 %       |
        | the commitment was | kept             |
        | service credit     | 0.00 EUR         |

    Scenario: Maintenance makes the month shorter, whether or not the service was down in it
      When maintenance is announced on 1 June 2026 at 10:00 for 11 June 2026 from 00:00 to 00:00
      And the service is down on 20 June 2026 from 02:00 for 43 minutes
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | time not counted   | 1 day      |
        | downtime           | 43 minutes |
        | availability       | 99.8970 %  |
        | the commitment was | missed     |

    Scenario: Maintenance announced exactly 72 hours ahead is scheduled
      When maintenance is announced on 6 June 2026 at 02:00 for 9 June 2026 from 02:00 to 04:00
      And the service is down on 9 June 2026 from 02:00 to 04:00
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | time not counted   | 2 hours |
        | the commitment was | kept    |

    Scenario: Maintenance on shorter notice is refused, and counts
      When maintenance is announced on 6 June 2026 at 02:01 for 9 June 2026 from 02:00 to 04:00
      Then this is refused: "maintenance on shorter notice counts as downtime"
      When the service is down on 9 June 2026 from 02:00 to 04:00
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | time not counted   | none      |
        | downtime           | 2 hours   |
        | availability       | 99.7222 % |
        | the commitment was | missed    |
        | service credit     | 13.86 EUR |

    Scenario: The customer is told of maintenance when it is announced, and again a day ahead
      When maintenance is announced on 3 June 2026 at 10:00 for 9 June 2026 from 02:00 to 04:00
      Then the customer has been told that maintenance is planned
      When it is 8 June 2026, 01:59
      Then the customer has not been told that maintenance is near
      When it is 8 June 2026, 02:00
      Then the customer has been told that maintenance is near

    Scenario: What goes beyond the maintenance is downtime
      When maintenance is announced on 5 June 2026 at 10:00 for 9 June 2026 from 02:00 to 04:00
      And the service is down on 9 June 2026 from 02:00 to 05:00
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | time not counted   | 2 hours |
        | downtime           | 1 hour  |
        | the commitment was | missed  |

    Scenario: What begins before the maintenance is downtime until it begins
      When maintenance is announced on 5 June 2026 at 10:00 for 9 June 2026 from 02:00 to 04:00
      And the service is down on 9 June 2026 from 01:50 to 03:30
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | downtime           | 10 minutes |
        | the commitment was | kept       |

    Scenario: Maintenance is not extended
      When maintenance is announced on 5 June 2026 at 10:00 for 9 June 2026 from 02:00 to 04:00
      And the service goes down on 9 June 2026 at 02:00
      And the end of the maintenance is moved to 9 June 2026, 06:00, on 9 June 2026 at 03:30
      Then this is refused: "windows are never extended"
      When the service is back on 9 June 2026 at 06:00
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | time not counted   | 2 hours |
        | downtime           | 2 hours |
        | the commitment was | missed  |

    Scenario: Maintenance that is ended early excludes no more than it was
      When maintenance is announced on 5 June 2026 at 10:00 for 9 June 2026 from 02:00 to 06:00
      And the end of the maintenance is moved to 9 June 2026, 03:00, on 9 June 2026 at 03:00
      And the service is down on 9 June 2026 from 04:00 to 05:00
      And June 2026 has been closed, a day after its end
      Then the customer has been told that the maintenance has changed
      And the statement of June 2026 says:
        | time not counted   | 1 hour |
        | downtime           | 1 hour |
        | the commitment was | missed |

    Scenario: Maintenance cannot be ended in the past
      When maintenance is announced on 5 June 2026 at 10:00 for 9 June 2026 from 02:00 to 06:00
      And the end of the maintenance is moved to 9 June 2026, 03:00, on 9 June 2026 at 04:00
      Then this is refused: "not before now"

    Scenario: Cancelled maintenance excludes nothing
      When maintenance is announced on 5 June 2026 at 10:00 for 9 June 2026 from 02:00 to 04:00
      And the maintenance is cancelled on 8 June 2026 at 18:00
      And the service is down on 9 June 2026 from 02:00 to 04:00
      And June 2026 has been closed, a day after its end
      Then the customer has been told that the maintenance has changed
      And the customer has not been told that the statement has changed
      And the statement of June 2026 says:
        | time not counted   | none    |
        | downtime           | 2 hours |
        | the commitment was | missed  |

    Scenario: Maintenance that has begun is not cancelled
      When maintenance is announced on 5 June 2026 at 10:00 for 9 June 2026 from 02:00 to 04:00
      And the maintenance is cancelled on 9 June 2026 at 02:00
      Then this is refused: "it can only be shortened now"

    Scenario: Where maintenance overlaps, its time is taken out once
      When maintenance is announced on 1 June 2026 at 10:00 for 9 June 2026 from 02:00 to 05:00
      And maintenance is announced on 2 June 2026 at 10:00 for 9 June 2026 from 04:00 to 06:00
      And maintenance is announced on 3 June 2026 at 10:00 for 9 June 2026 from 03:00 to 04:30
      And the service is down on 9 June 2026 from 02:00 to 06:00
      And June 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | time not counted   | 4 hours          |
        | time available     | 29 days 20 hours |
        | downtime           | none             |
        | the commitment was | kept             |

    Scenario: Maintenance over the end of the month counts in each month for itself
      When maintenance is announced on 20 June 2026 at 10:00 for 30 June 2026 from 23:00 to 02:00
      And the service is down on 30 June 2026 from 23:00 to 02:00
      And July 2026 has been closed, a day after its end
      Then the statement of June 2026 says:
        | time not counted | 1 hour |
        | downtime         | none   |
      And the statement of July 2026 says:
        | time not counted | 2 hours |
        | downtime         | none    |
