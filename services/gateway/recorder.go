package gateway

import (
	"fmt"
	"net/http"
	"time"
)

// recorder records the status and size of a response for the access log.
type recorder struct {
	http.ResponseWriter
	status  int
	bytes   int64
	started bool
}

// WriteHeader records the status.
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

// Flush sends what was written. The compression of answers needs it.
func (w *recorder) Flush() {
	_ = http.NewResponseController(w.ResponseWriter).Flush() // a write that follows fails too
}

// Unwrap gives http.ResponseController access to the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// streamWriter sets a time limit for each write of a stream, instead of one for the whole response.
type streamWriter struct {
	http.ResponseWriter
	timeout time.Duration
}

// Write fails if the caller leaves sent data unread for too long.
func (w *streamWriter) Write(body []byte) (int, error) {
	if err := http.NewResponseController(w.ResponseWriter).SetWriteDeadline(time.Now().Add(w.timeout)); err != nil {
		return 0, fmt.Errorf("setting a write deadline: %w", err)
	}
	return w.ResponseWriter.Write(body)
}

// Unwrap gives http.ResponseController access to the connection.
func (w *streamWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
