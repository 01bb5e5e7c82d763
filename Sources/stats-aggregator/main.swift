print("stats-aggregator")
