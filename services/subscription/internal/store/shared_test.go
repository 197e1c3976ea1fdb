package store

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// TestSharedDocumentsAreBounded decodes more than what is kept, from several goroutines.
func TestSharedDocumentsAreBounded(t *testing.T) {
	type named struct{ Name string }
	known := &shared{}
	read := func(what, name string) {
		text := fmt.Sprintf(`{"Name":%q}`, name)
		for range 2 {
			if got, err := readShared[named](known, text, what); err != nil || got.Name != name {
				t.Errorf("%s: got %v, %v", text, got, err)
			}
		}
	}
	const readers, each = 4, 1500
	var group sync.WaitGroup
	for reader := range readers {
		group.Go(func() {
			for n := range each {
				read("a", "always")
				read("a", strings.Repeat("x", 1000)+fmt.Sprint(reader, n))
			}
		})
	}
	group.Wait()
	read("a", strings.Repeat("x", longestShared))
	if _, err := readShared[named](known, `{"Name":7}`, "a"); err == nil {
		t.Error("a document that is wrong was decoded")
	}
	if other, err := readShared[struct{ Other string }](known, `{"Name":"always"}`, "b"); err != nil || other.Other != "" {
		t.Errorf("as something else: got %v, %v", other, err)
	}
	for name, generation := range map[string]map[sharedKey]any{"recent": known.recent, "earlier": known.earlier} {
		bytes := 0
		for key := range generation {
			bytes += len(key.text)
		}
		if bytes == 0 || bytes > sharedBytes {
			t.Errorf("%s holds %d bytes in %d texts", name, bytes, len(generation))
		}
	}
	if found, _ := known.find(sharedKey{"a", `{"Name":"always"}`}); found == nil {
		t.Error("what is read always was dropped")
	}
}
