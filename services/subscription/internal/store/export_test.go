package store

// Columns behind the fields of lists, for tests of query plans.
var (
	SubscriptionColumns  = subscriptionColumns
	AccountColumns       = accountColumns
	InstalledItemColumns = installedItemColumns
	ProductColumns       = productColumns
	UserColumns          = userColumns
	SessionColumns       = sessionColumns
	APIKeyColumns        = apiKeyColumns
	ActionColumns        = actionColumns
)

// DueActions finds the actions that are due, for tests of its plan.
const DueActions = dueActions

// AheadQueries are what a batch of actions reads by many keys, for tests of their plans.
var AheadQueries = []string{subscriptionsAhead, accountsAhead, typesAhead, pendingAhead}

// PresentLevels finds the levels that subscriptions have, for tests of its plan.
const PresentLevels = presentLevels
