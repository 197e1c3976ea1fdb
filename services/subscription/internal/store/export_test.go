package store

import "errors"

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

// FollowAccount changes a portion of the subscriptions of an account, for tests of what happens meanwhile.
var FollowAccount = followAccount

// Shares returns how many documents a store has decoded for many readers lately.
func Shares(kept Store) int {
	own, ok := kept.Organisations.(*organisations)
	if !ok {
		return 0
	}
	own.shared.mu.RLock()
	defer own.shared.mu.RUnlock()
	return len(own.shared.recent)
}

// CheckShared decodes anew every document that a store has decoded for many readers, and returns an error if one of them has written into what it was handed.
func CheckShared(kept Store) error {
	own, ok := kept.Organisations.(*organisations)
	if !ok {
		return errors.New("the store shares no documents")
	}
	return own.shared.check()
}
