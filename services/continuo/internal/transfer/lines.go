package transfer

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// longestLine is the maximum length of a line in bytes. An invoice with 20,000 parts fits. As a
// message it takes a third of that, which is below the services' limit of 4 MiB.
const longestLine = 8 << 20

// errLineTooLong reports a skipped line of more than longestLine bytes.
var errLineTooLong = fmt.Errorf("the line has more than %d bytes", longestLine)

// position is a position in a file.
type position struct {
	// Line is the number of lines before the position, Offset the number of bytes.
	Line   int64 `json:"line"`
	Offset int64 `json:"offset"`
}

// usualLine is a length in bytes that most lines do not exceed.
const usualLine = 64 << 10

// lineReader reads lines and keeps one in memory.
type lineReader struct {
	reader *bufio.Reader
	// long collects a line that is longer than usualLine.
	long []byte
	// at is the position after the last line read.
	at position
}

func newLineReader(from io.Reader, at position) *lineReader {
	return &lineReader{reader: bufio.NewReaderSize(from, usualLine), at: at}
}

// next returns the next line without its line break, or io.EOF after the last. The line is valid
// until the following call. A line that is too long is skipped and gives errLineTooLong.
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
