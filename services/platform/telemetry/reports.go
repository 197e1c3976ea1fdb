package telemetry

import (
	"errors"
	"fmt"
	"strings"

	"github.com/go-logr/logr"
)

// reports collects the errors that OpenTelemetry's libraries report instead of returning them. It is
// their logger and their error handler while they are prepared.
type reports struct{ all []error }

// Handle implements otel.ErrorHandler.
func (r *reports) Handle(err error) { r.all = append(r.all, err) }

// Error implements logr.LogSink. The values, such as headers, may be secrets.
func (r *reports) Error(err error, message string, _ ...any) {
	if err == nil {
		r.all = append(r.all, errors.New(message))
		return
	}
	r.all = append(r.all, fmt.Errorf("%s: %w", message, err))
}

// Init implements logr.LogSink.
func (*reports) Init(logr.RuntimeInfo) {}

// Enabled implements logr.LogSink.
func (*reports) Enabled(int) bool { return true }

// Info implements logr.LogSink. Variables that should be numbers are reported here, with their name first.
func (r *reports) Info(_ int, message string, values ...any) {
	if strings.HasPrefix(message, "Got invalid value") && len(values) > 0 {
		r.all = append(r.all, fmt.Errorf("%v is not a number", values[0]))
	}
}

// WithValues implements logr.LogSink.
func (r *reports) WithValues(...any) logr.LogSink { return r }

// WithName implements logr.LogSink.
func (r *reports) WithName(string) logr.LogSink { return r }

// oneLine returns an error whose text is on one line.
func oneLine(err error) error { return errors.New(strings.ReplaceAll(err.Error(), "\n", "; ")) }
