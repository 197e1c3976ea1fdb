package continuo_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// printedBlock is a shell block of a document, and the answer that is printed in the block below it.
type printedBlock struct {
	// name stands after `sh`; a block without a name runs against an installation that is up.
	name string
	// commands are what is pasted.
	commands string
	// format is json or text. answer is empty where none is printed.
	format, answer string
}

// documents are the paths of the documents whose shell blocks are tested, from the top of the repository.
func documents(t *testing.T) []string {
	t.Helper()
	found := []string{"README.md"}
	for _, pattern := range []string{"*/README.md", "services/*/README.md", "deploy/[a-z]*.md"} {
		more, err := filepath.Glob(filepath.Join("..", "..", filepath.FromSlash(pattern)))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range more {
			document, err := filepath.Rel(filepath.Join("..", ".."), path)
			if err != nil {
				t.Fatal(err)
			}
			found = append(found, document)
		}
	}
	return found
}

// printedBlocks returns a document's shell blocks in their order. Each has to show its answer.
func printedBlocks(t *testing.T, document string) []printedBlock {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", document))
	if err != nil {
		t.Fatal(err)
	}
	blocks := parseBlocks(string(text))
	for _, block := range blocks {
		if block.answer == "" {
			t.Errorf("%s does not show the answer to\n%s", document, block.commands)
		}
	}
	return blocks
}

// parseBlocks finds the shell blocks of a text; the fenced block after one, in json or text, is its answer.
func parseBlocks(text string) []printedBlock {
	var blocks []printedBlock
	parts := strings.Split("\n"+text, "\n```") // prose, block, prose, block, ...
	expectsAnswer := false
	for i := 1; i < len(parts); i += 2 {
		info, body, _ := strings.Cut(parts[i], "\n")
		language, name, _ := strings.Cut(info, " ")
		body += "\n"
		switch {
		case language == "sh":
			blocks = append(blocks, printedBlock{name: name, commands: body})
		case expectsAnswer && (language == "json" || language == "text"):
			blocks[len(blocks)-1].format, blocks[len(blocks)-1].answer = language, body
		}
		expectsAnswer = language == "sh"
	}
	return blocks
}

// namedBlock returns the shell block of a name.
func namedBlock(t *testing.T, document, name string) printedBlock {
	t.Helper()
	for _, block := range printedBlocks(t, document) {
		if block.name == name {
			return block
		}
	}
	t.Fatalf("%s has no block %s", document, name)
	return printedBlock{}
}

// answeredBy reports where an answer is not the printed one.
//
//   - json: the printed value is a part of the last JSON value in the answer: members may be left out. "..." stands for any
//     value, and at the end of an array for any further elements.
//   - text: the printed lines occur in the answer in their order, others may stand between. "..." stands for any text.
func (b printedBlock) answeredBy(answer string) error {
	if b.format == "json" {
		var printed any
		if err := json.Unmarshal([]byte(b.answer), &printed); err != nil {
			return fmt.Errorf("the printed answer is not JSON: %w", err)
		}
		given, err := lastJSON(answer)
		if err != nil {
			return err
		}
		return partOf("the answer", printed, given)
	}
	rest := answer
	for line := range strings.Lines(b.answer) {
		for piece := range strings.SplitSeq(strings.TrimRight(line, "\n"), "...") {
			_, after, found := strings.Cut(rest, piece)
			if !found {
				return fmt.Errorf("the answer lacks, in its place: %q", piece)
			}
			rest = after
		}
	}
	return nil
}

func lastJSON(text string) (any, error) {
	var last any
	for decoder := json.NewDecoder(strings.NewReader(text)); ; {
		var value any
		if err := decoder.Decode(&value); errors.Is(err, io.EOF) {
			return last, nil
		} else if err != nil {
			return nil, fmt.Errorf("the answer is not JSON: %w", err)
		}
		last = value
	}
}

const anything = "..."

func partOf(where string, printed, given any) error {
	switch printed := printed.(type) {
	case map[string]any:
		object, ok := given.(map[string]any)
		if !ok {
			return fmt.Errorf("%s is %v, not an object", where, given)
		}
		for name, value := range printed {
			member, ok := object[name]
			if !ok {
				return fmt.Errorf("%s has no %s", where, name)
			}
			if err := partOf(where+"."+name, value, member); err != nil {
				return err
			}
		}
		return nil
	case []any:
		return partOfArray(where, printed, given)
	}
	if printed != anything && printed != given {
		return fmt.Errorf("%s is %v, not %v", where, given, printed)
	}
	return nil
}

func partOfArray(where string, printed []any, given any) error {
	array, ok := given.([]any)
	if !ok {
		return fmt.Errorf("%s is %v, not an array", where, given)
	}
	if len(printed) > 0 && printed[len(printed)-1] == anything {
		printed = printed[:len(printed)-1]
		array = array[:min(len(printed), len(array))]
	}
	if len(array) != len(printed) {
		return fmt.Errorf("%s has %d elements, not %d", where, len(array), len(printed))
	}
	for i, value := range printed {
		if err := partOf(fmt.Sprintf("%s[%d]", where, i), value, array[i]); err != nil {
			return err
		}
	}
	return nil
}

func TestPrintedAnswersAreCompared(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		format, printed, answer string
		want                    bool
	}{
		{"json", `{"a": 1}`, `{"a": 1, "b": 2}`, true},
		{"json", `{"a": 1}`, `{"a": 2}`, false},
		{"json", `{"a": 1}`, `{"b": 1}`, false},
		{"json", `{"a": "..."}`, `{"a": [1]}`, true},
		{"json", `[1, "..."]`, `[1, 2, 3]`, true},
		{"json", `[1, "..."]`, `[2]`, false},
		{"json", `[1, 2, "..."]`, `[1]`, false},
		{"json", `[1]`, `[1, 2]`, false},
		{"json", `{"a": 2}`, `{"a": 1} {"a": 2}`, true},
		{"json", `{"a": 1}`, `refused`, false},
		{"text", "one\nthree\n", "one\ntwo\nthree\n", true},
		{"text", "three\none\n", "one\ntwo\nthree\n", false},
		{"text", "ok ... 3s\n", "ok pkg 3s\n", true},
	} {
		err := printedBlock{format: test.format, answer: test.printed}.answeredBy(test.answer)
		if (err == nil) != test.want {
			t.Errorf("%s answered by %s: %v", test.printed, test.answer, err)
		}
	}
}
