"""What users look at besides the report: progress, single candidates, comparisons, new campaigns, their machine."""
