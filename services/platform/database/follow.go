package database

import (
	"slices"
	"sync"
	"sync/atomic"
)

// Subject is what a commit is about: the type of a resource that it changed, and the tenant of the resource.
// Of a follower it is what to be woken for; an empty field stands for any.
type Subject struct{ Type, Tenant string }

// Tell notes what the transaction is about, for those who follow the store. They are woken after its commit.
func (tx *Tx) Tell(about Subject) {
	if !slices.Contains(tx.told, about) {
		tx.told = append(tx.told, about)
	}
}

// Follow sends to wake after each commit of this process that is about one of the subjects, until leave is
// called. It never waits for the receiver: a channel with room for one keeps the news of any number of commits
// until it is received, so that a follower who reads the store and then receives misses none. Commits of other
// processes are not told.
func (db *DB) Follow(wake chan<- struct{}, of ...Subject) (leave func()) {
	return db.followers.add(wake, of)
}

// followers are those who follow a store. A commit costs them one load of count where nobody does.
type followers struct {
	count atomic.Int64
	mu    sync.Mutex
	// of holds the followers of each subject.
	of map[Subject]map[*follower]struct{}
}

type follower struct{ wake chan<- struct{} }

func (f *followers) add(wake chan<- struct{}, of []Subject) (leave func()) {
	own := &follower{wake}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, subject := range of {
		if f.of[subject] == nil {
			if f.of == nil {
				f.of = map[Subject]map[*follower]struct{}{}
			}
			f.of[subject] = map[*follower]struct{}{}
		}
		f.of[subject][own] = struct{}{}
	}
	f.count.Add(1)
	return sync.OnceFunc(func() { f.remove(own, of) })
}

func (f *followers) remove(own *follower, of []Subject) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, subject := range of {
		delete(f.of[subject], own)
		if len(f.of[subject]) == 0 {
			delete(f.of, subject)
		}
	}
	f.count.Add(-1)
}

// wake wakes the followers of what a commit told.
func (f *followers) wake(told []Subject) {
	if len(told) == 0 || f.count.Load() == 0 {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, about := range told {
		for _, subject := range [...]Subject{about, {Type: about.Type}, {Tenant: about.Tenant}, {}} {
			for one := range f.of[subject] {
				select {
				case one.wake <- struct{}{}:
				default: // it is awake already
				}
			}
		}
	}
}
