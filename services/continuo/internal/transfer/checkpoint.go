package transfer

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
)

// checkpoint is how far an import has come: every line before it is durable, or stands in the rejects file.
type checkpoint struct {
	position
	// Size is that of the imported file, by which another one is noticed.
	Size int64 `json:"size"`
}

// loadCheckpoint reads where to resume a file of a size. A missing checkpoint is the beginning.
func loadCheckpoint(path string, size int64) (checkpoint, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return checkpoint{Size: size}, nil
	}
	if err != nil {
		return checkpoint{}, fmt.Errorf("reading where to resume: %w", err)
	}
	var saved checkpoint
	if err := json.Unmarshal(text, &saved); err != nil {
		return checkpoint{}, fmt.Errorf("reading where to resume from %s: %w; import again without --resume", path, err)
	}
	if saved.Size != size {
		return checkpoint{}, fmt.Errorf("the file has %d bytes, but had %d when its import was cut off: import it again without --resume", size, saved.Size)
	}
	return saved, nil
}

// save replaces the checkpoint at a path.
func (c checkpoint) save(path string) error {
	text, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("writing where to resume: %w", err)
	}
	part := path + ".new"
	if err := os.WriteFile(part, text, 0o600); err != nil {
		return fmt.Errorf("writing where to resume: %w", err)
	}
	if err := os.Rename(part, path); err != nil {
		return fmt.Errorf("writing where to resume: %w", err)
	}
	return nil
}
