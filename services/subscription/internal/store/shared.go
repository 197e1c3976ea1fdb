package store

import "sync"

// sharedBytes is how many bytes of texts a generation of shared holds, and longestShared how many a text of it has. What texts are
// decoded to takes two or three times as much, and there are two generations.
const (
	sharedBytes   = 2 << 20
	longestShared = 16 << 10
)

// shared holds what documents were decoded to, by their texts, so that those which many calls read are decoded once: callers and
// their sessions, subscriptions, accounts, types, products. A document that changes has another text, so nothing becomes outdated.
type shared struct {
	mu sync.RWMutex
	// recent is the generation that grows. Once it is full, it becomes earlier, and what nobody has read since is dropped.
	recent, earlier map[sharedKey]any
	bytes           int
}

// sharedKey is a text, and what it is decoded as.
type sharedKey struct{ what, text string }

// readShared decodes a document, or returns what it was decoded to before: nobody may write into its slices, maps and pointers.
// what names the type of the resource.
func readShared[T any](known *shared, text, what string) (read T, err error) {
	key := sharedKey{what, text}
	found, isRecent := known.find(key)
	if found != nil {
		read, _ = found.(T)
	} else if err := readDocument(text, what, &read); err != nil {
		return read, err
	}
	if !isRecent {
		known.keep(key, read)
	}
	return read, nil
}

func (s *shared) find(key sharedKey) (found any, isRecent bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if found, isRecent = s.recent[key]; isRecent {
		return found, true
	}
	return s.earlier[key], false
}

func (s *shared) keep(key sharedKey, read any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.add(key, read)
}

// succeed holds a document that was encoded instead of the one before, which nobody will read any more if it is committed. So the next update of a resource
// decodes nothing: that took an eighth of the time in which it has the turn to write to SQLite.
func (s *shared) succeed(before, after sharedKey, written any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, isRecent := s.recent[before]; isRecent {
		delete(s.recent, before)
		s.bytes -= len(before.text)
	}
	delete(s.earlier, before)
	s.add(after, written)
}

// add holds a document. The caller has the lock.
func (s *shared) add(key sharedKey, read any) {
	if _, isRecent := s.recent[key]; isRecent || len(key.text) > longestShared {
		return
	}
	if s.recent == nil || s.bytes+len(key.text) > sharedBytes {
		s.recent, s.earlier, s.bytes = map[sharedKey]any{}, s.recent, 0
	}
	s.recent[key], s.bytes = read, s.bytes+len(key.text)
}
