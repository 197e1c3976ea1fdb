package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/continuo-billing/continuo/services/platform/config"
	"github.com/continuo-billing/continuo/services/platform/sealing"
)

type sealingKey struct {
	New    sealingKeyNew    `cmd:"" help:"Make a file with a new key."`
	Rotate sealingKeyRotate `cmd:"" help:"Add a new key to the file: it seals from then on, and the earlier ones still open."`
}

// keyFile is the file of CONTINUO_SEALING_KEY_FILE, or that of the embedded stores.
type keyFile struct {
	config.Data
	config.Sealing
}

func (f keyFile) path() string {
	if f.SealingKeyFile != "" {
		return f.SealingKeyFile
	}
	return filepath.Join(f.DataDir, sealing.FileName)
}

type sealingKeyNew struct{ keyFile }

// Run makes the file. It never replaces one, since what was sealed with its keys would be lost.
func (k *sealingKeyNew) Run() error {
	err := sealing.New(k.path())
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already: add a key with continuo sealing-key rotate", k.path())
	}
	if err != nil {
		return err
	}
	fmt.Printf("a key was made in %s: keep a copy of the file apart from the backups\n", k.path())
	return nil
}

type sealingKeyRotate struct{ keyFile }

// Run adds a key.
func (k *sealingKeyRotate) Run() error {
	id, err := sealing.Rotate(k.path())
	if err != nil {
		return err
	}
	fmt.Printf("the key %s was added to %s: keep a copy of the file apart from the backups\n", id, k.path())
	return nil
}
