package transfer

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
)

// checkpoint is the position up to which an import is complete: every line before it is durable or
// in the rejects file.
type checkpoint struct {
	position
	// Size is the size of the imported file. It is used to detect a different file.
	Size int64 `json:"size"`
}

// loadCheckpoint reads the position at which to resume the import of a file of the given size.
// Without a checkpoint it is the beginning.
func loadCheckpoint(path string, size int64) (checkpoint, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return checkpoint{Size: size}, nil
	}
	if err != nil {
		return checkpoint{}, fmt.Errorf("reading the checkpoint: %w", err)
	}
	var saved checkpoint
	if err := json.Unmarshal(text, &saved); err != nil {
		return checkpoint{}, fmt.Errorf("reading the checkpoint %s: %w; import again without --resume", path, err)
	}
	if saved.Size != size {
		return checkpoint{}, fmt.Errorf("the file has %d bytes, but had %d when its import was interrupted: import it again without --resume", size, saved.Size)
	}
	return saved, nil
}

// save writes the checkpoint, replacing the file at path.
func (c checkpoint) save(path string) error {
	text, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("writing the checkpoint: %w", err)
	}
	part := path + ".new"
	if err := os.WriteFile(part, text, 0o600); err != nil {
		return fmt.Errorf("writing the checkpoint: %w", err)
	}
	if err := os.Rename(part, path); err != nil {
		return fmt.Errorf("writing the checkpoint: %w", err)
	}
	return nil
}
