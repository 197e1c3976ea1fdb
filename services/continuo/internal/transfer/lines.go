package transfer

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// longestLine is the most bytes a line may have: an invoice of some 20,000 parts, a third of that in the message that takes
// it in, which services hold to 4 MiB.
const longestLine = 8 << 20

// errLineTooLong says that a line has more bytes than longestLine; it was skipped.
var errLineTooLong = fmt.Errorf("the line has more than %d bytes", longestLine)

// position is a place in a file.
type position struct {
	// Line is the number of lines before it, Offset the number of bytes.
	Line   int64 `json:"line"`
	Offset int64 `json:"offset"`
}

// lineReader reads lines, holding one at a time.
type lineReader struct {
	reader *bufio.Reader
	// at is behind the line that was read last.
	at position
}

func newLineReader(from io.Reader, at position) *lineReader {
	return &lineReader{reader: bufio.NewReaderSize(from, longestLine+2), at: at}
}

// next is the next line without its end, which the following call overwrites; io.EOF after the last. A line that is too
// long is errLineTooLong and passed over.
func (r *lineReader) next() ([]byte, error) {
	line, err := r.reader.ReadSlice('\n')
	r.at.Offset += int64(len(line))
	if errors.Is(err, bufio.ErrBufferFull) {
		return nil, r.skip()
	}
	if errors.Is(err, io.EOF) && len(line) == 0 {
		return nil, io.EOF
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("reading line %d: %w", r.at.Line+1, err)
	}
	r.at.Line++
	line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte{'\n'}), []byte{'\r'})
	if len(line) > longestLine {
		return nil, errLineTooLong
	}
	return line, nil
}

// skip passes over the rest of a line.
func (r *lineReader) skip() error {
	for {
		rest, err := r.reader.ReadSlice('\n')
		r.at.Offset += int64(len(rest))
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case err == nil, errors.Is(err, io.EOF):
			r.at.Line++
			return errLineTooLong
		default:
			return fmt.Errorf("reading line %d: %w", r.at.Line+1, err)
		}
	}
}
