"""A fan's score on a stream and in the table, of both kinds of file; loadScoresToDynamoDB's work."""
