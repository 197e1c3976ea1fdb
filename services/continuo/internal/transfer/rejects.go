package transfer

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/continuo-billing/continuo/gen/reason"
)

// Reject is a rejected line, a JSON object in the rejects file.
type Reject struct {
	// Line is the line number in the imported file, from 1.
	Line int64 `json:"line"`
	// Reason is a stable identifier for programs.
	Reason reason.Reason `json:"reason"`
	// Message explains the problem to a person.
	Message string `json:"message"`
}

// rejects is the file of rejected lines. It is created with the first reject.
type rejects struct {
	path   string
	file   *os.File
	writer *bufio.Writer
	// count is the number of rejects in the file.
	count int64
}

// openRejects starts a rejects file with the rejects of an earlier import up to a line, or empty
// for line 0.
func openRejects(path string, upTo int64) (*rejects, error) {
	r := &rejects{path: path}
	earlier, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return nil, fmt.Errorf("opening the rejects file: %w", err)
	}
	defer func() { _ = earlier.Close() }() // it was only read
	if err := os.Remove(path); err != nil {
		return nil, fmt.Errorf("replacing the rejects file: %w", err)
	}
	lines := newLineReader(earlier, position{})
	for upTo > 0 {
		line, err := lines.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("reading the rejects file: %w", err)
		}
		var reject Reject
		// An incomplete reject belongs to a line that will be imported again.
		if json.Unmarshal(line, &reject) == nil && reject.Line <= upTo {
			if err := r.add(reject); err != nil {
				return nil, err
			}
		}
	}
	return r, nil
}

func (r *rejects) add(reject Reject) error {
	if r.file == nil {
		file, err := os.OpenFile(r.path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
		if err != nil {
			return fmt.Errorf("creating the rejects file: %w", err)
		}
		r.file, r.writer = file, bufio.NewWriter(file)
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(reject); err != nil {
		return fmt.Errorf("writing a reject: %w", err)
	}
	if _, err := r.writer.Write(text.Bytes()); err != nil {
		return fmt.Errorf("writing the rejects file: %w", err)
	}
	r.count++
	return nil
}

// flush writes the buffered rejects to the file.
func (r *rejects) flush() error {
	if r.file == nil {
		return nil
	}
	if err := r.writer.Flush(); err != nil {
		return fmt.Errorf("writing the rejects file: %w", err)
	}
	return nil
}

func (r *rejects) close() error {
	if r.file == nil {
		return nil
	}
	return errors.Join(r.flush(), r.file.Close())
}
