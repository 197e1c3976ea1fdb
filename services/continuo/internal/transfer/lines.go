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

// usualLine is how many bytes most lines fit in.
const usualLine = 64 << 10

// lineReader reads lines, holding one at a time.
type lineReader struct {
	reader *bufio.Reader
	// long is where a line is put together that is longer than usual.
	long []byte
	// at is behind the line that was read last.
	at position
}

func newLineReader(from io.Reader, at position) *lineReader {
	return &lineReader{reader: bufio.NewReaderSize(from, usualLine), at: at}
}

// next is the next line without its end, which the following call overwrites; io.EOF after the last. A line that is too
// long is errLineTooLong and passed over.
func (r *lineReader) next() ([]byte, error) {
	r.long = nil
	tooLong := false
	for {
		line, err := r.reader.ReadSlice('\n')
		r.at.Offset += int64(len(line))
		goesOn := errors.Is(err, bufio.ErrBufferFull)
		if len(r.long)+len(line) > longestLine+2 {
			tooLong, r.long = true, nil
		}
		switch {
		case goesOn && !tooLong:
			r.long = append(r.long, line...)
		case goesOn:
		case errors.Is(err, io.EOF) && len(line)+len(r.long) == 0 && !tooLong:
			return nil, io.EOF
		case err != nil && !errors.Is(err, io.EOF):
			return nil, fmt.Errorf("reading line %d: %w", r.at.Line+1, err)
		default:
			r.at.Line++
			if r.long != nil {
				line = append(r.long, line...)
			}
			line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte{'\n'}), []byte{'\r'})
			if tooLong || len(line) > longestLine {
				return nil, errLineTooLong
			}
			return line, nil
		}
	}
}
