"""The touring cities and campaigns that the samples and the fake Campaign Service both know."""

# In order of demand: the samples draw the front ones more often.
MARKETS = (
    "New York",
    "Los Angeles",
    "London",
    "Chicago",
    "Toronto",
    "Mexico City",
    "Paris",
    "Dallas",
    "São Paulo",
    "Atlanta",
    "Seattle",
    "St. Louis",
)

CAMPAIGN_NAMES = {"campaign-123": "Taylor Swift Presale", "campaign-456": "Fanlist Integration"}
