"""The loop in which rewards are designed: what a model is told and answers, how that is judged, trained and kept."""
