package gateway

import (
	"fmt"
	"net/http"
	"time"
)

// recorder keeps what the access log says of an answer.
type recorder struct {
	http.ResponseWriter
	status  int
	bytes   int64
	started bool
}

// WriteHeader keeps the status.
func (w *recorder) WriteHeader(status int) {
	if !w.started {
		w.status, w.started = status, status >= http.StatusOK
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write counts the bytes.
func (w *recorder) Write(body []byte) (int, error) {
	w.started = true
	n, err := w.ResponseWriter.Write(body)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// streamWriter bounds each write of a stream, in place of the server's time for the whole answer.
type streamWriter struct {
	http.ResponseWriter
	timeout time.Duration
}

// Write fails where the caller leaves what it was sent unread for too long.
func (w *streamWriter) Write(body []byte) (int, error) {
	if err := http.NewResponseController(w.ResponseWriter).SetWriteDeadline(time.Now().Add(w.timeout)); err != nil {
		return 0, fmt.Errorf("bounding a write: %w", err)
	}
	return w.ResponseWriter.Write(body)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *streamWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
