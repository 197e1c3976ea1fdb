package admin

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

const readyTimeout = 3 * time.Second

// ReadyIf returns a handler for Ready that answers 200 if check returns nil, and 503 with the reason
// otherwise.
func ReadyIf(check func(context.Context) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
		defer cancel()
		answer(w, check(ctx))
	})
}

// answer writes a state as the gateway's /readyz does.
func answer(w http.ResponseWriter, failed error) {
	status, state := http.StatusOK, map[string]string{"status": "serving"}
	if failed != nil {
		status, state = http.StatusServiceUnavailable, map[string]string{"status": "not serving", "reason": failed.Error()}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(state) // the caller may have disconnected
}
