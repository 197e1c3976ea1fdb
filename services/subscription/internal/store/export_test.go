package store

import (
	"errors"
	"fmt"
	"reflect"
)

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

func (s *shared) check() error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, generation := range []map[sharedKey]any{s.recent, s.earlier} {
		for key, found := range generation {
			anew := reflect.New(reflect.TypeOf(found))
			if err := readDocument(key.text, key.what, anew.Interface()); err != nil {
				return err
			}
			if !reflect.DeepEqual(anew.Elem().Interface(), found) {
				return fmt.Errorf("somebody wrote into a shared %s: it is %+v, and its document %s", key.what, found, key.text)
			}
		}
	}
	return nil
}
