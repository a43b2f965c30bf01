"""What users type and see: commands, progress, single candidates, comparisons, new campaigns, their machine."""
