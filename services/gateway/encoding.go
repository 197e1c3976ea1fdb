package gateway

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"

	"google.golang.org/grpc/codes"

	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
)

// contentCoding returns whether the body of a request is gzip, by its Content-Encoding. It refuses
// other codings, and several.
func contentCoding(w http.ResponseWriter, header http.Header) (zipped bool, refused *failure.Failure) {
	coding := strings.TrimSpace(strings.Join(header["Content-Encoding"], ", "))
	switch strings.ToLower(coding) {
	case "", "identity":
		return false, nil
	case "gzip", "x-gzip":
		return true, nil
	}
	w.Header().Set("Accept-Encoding", "gzip, identity")
	return false, failure.Encoding(shown(coding))
}

// expand decompresses a body of at most `most` bytes, and reserves memory for them as they come. It stops
// as soon as there are more.
func expand(body []byte, most int64, reserve func(bytes int64) error) ([]byte, *failure.Failure) {
	if len(body) == 0 {
		return nil, nil
	}
	reader, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, notGzip()
	}
	text, err := readAll(io.LimitReader(reader, most+1), -1, most, reserve)
	switch {
	case int64(len(text)) > most:
		return nil, failure.TooLarge(most)
	case err != nil:
		return nil, notGzip()
	}
	return text, nil
}

func notGzip() *failure.Failure {
	const message = "The body is not valid gzip, as the Content-Encoding says."
	return &failure.Failure{
		Stage: failure.Binding, Status: http.StatusBadRequest, Code: codes.InvalidArgument, Reason: failure.InvalidParameter,
		Message: message, Fields: []failure.Field{{Key: failure.ModelKey, Messages: []string{message}}},
	}
}

// shown returns a header's value for a message: shortened, and without what is not printable.
func shown(value string) string {
	const most = 100
	if len(value) > most {
		value = value[:most] + "..."
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, value)
}
