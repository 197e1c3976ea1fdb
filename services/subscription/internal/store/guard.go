package store

import (
	"errors"
	"fmt"
	"reflect"
	"sync"
)

// guarded are the shared documents of the stores that tests guard.
var guarded struct {
	mu     sync.Mutex
	active bool
	stores []*shared
}

// Guard is for tests, which set it once before any store is made. The function that it returns decodes anew every document that stores made since then hold
// for many readers, and returns an error if one of them has written into what it was handed.
func Guard() (check func() error) {
	guarded.mu.Lock()
	defer guarded.mu.Unlock()
	guarded.active = true
	return func() (err error) {
		guarded.mu.Lock()
		defer guarded.mu.Unlock()
		for _, one := range guarded.stores {
			err = errors.Join(err, one.check())
		}
		return err
	}
}

// newShared returns an empty shared, which is guarded if tests say so.
func newShared() *shared {
	one := &shared{}
	guarded.mu.Lock()
	defer guarded.mu.Unlock()
	if guarded.active {
		guarded.stores = append(guarded.stores, one)
	}
	return one
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
