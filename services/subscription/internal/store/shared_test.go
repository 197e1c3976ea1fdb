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

// TestWritingIntoSharedDocumentsIsFound checks the check that the lives end with: it finds a write into a slice, a map and what a pointer leads to.
func TestWritingIntoSharedDocumentsIsFound(t *testing.T) {
	type part struct{ Name string }
	type deep struct {
		Parts []part
		Named map[string]part
		Of    *part
	}
	for name, write := range map[string]func(deep){
		"nothing": func(deep) {}, "a slice": func(d deep) { d.Parts[0].Name = "x" },
		"a map": func(d deep) { delete(d.Named, "a") }, "a pointer": func(d deep) { d.Of.Name = "x" },
	} {
		known := &shared{}
		read, err := readShared[deep](known, `{"Parts":[{"Name":"a"}],"Named":{"a":{"Name":"a"}},"Of":{"Name":"a"}}`, "a")
		if err != nil {
			t.Fatal(err)
		}
		write(read)
		if err := known.check(); (err == nil) != (name == "nothing") {
			t.Errorf("%s is written into: got %v", name, err)
		}
	}
}
