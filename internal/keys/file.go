package keys

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"digitalpost/internal/errs"
)

// master is a master key. Its id says which it is and tells nothing about it.
type master struct {
	id  string
	key []byte
	*Cipher
}

func newMaster() master { return masterOf(NewKey()) }

func masterOf(key []byte) master {
	h := hmac.New(sha256.New, key)
	h.Write([]byte("digitalpost master key id"))
	return master{hex.EncodeToString(h.Sum(nil)[:6]), key, NewCipher(key)}
}

const fileHead = `# The master key of Digital Post: its id, and the key itself.
# With this file and the database every letter can be read; without it none can.
# Keep a copy in a safe place, apart from the backups of the database.
`

// readFile reads the master keys of a key file, one on each line. The id on the
// line finds a slip in copying.
func readFile(path string) ([]master, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read key file: %w", err)
	}
	damaged := errs.New(errs.KindInvalid, "keys.file.damaged", "the key file %s is damaged: put it back from your copy", path)
	var held []master
	for line := range strings.Lines(string(raw)) {
		if strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "" {
			continue
		}
		id, text, _ := strings.Cut(strings.TrimSpace(line), " ")
		key, err := base64.StdEncoding.DecodeString(text)
		if err != nil || len(key) != keySize || masterOf(key).id != id {
			return nil, damaged
		}
		held = append(held, masterOf(key))
	}
	if len(held) == 0 {
		return nil, damaged
	}
	return held, nil
}

// makeFile makes a key file that is not there yet. Where another process was
// faster its keys are returned.
func makeFile(path string, m master) ([]master, error) {
	err := publish(path, os.Link, m)
	if errors.Is(err, fs.ErrExist) {
		return readFile(path)
	}
	return []master{m}, err
}

// replaceFile exchanges the keys in a key file: after a crash it holds either
// the former or these.
func replaceFile(path string, held ...master) error { return publish(path, os.Rename, held...) }

// publish writes a key file under another name, and gives it its own when it is
// on disk.
func publish(path string, name func(from, to string) error, held ...master) error {
	text := fileHead
	for _, m := range held {
		text += m.id + " " + base64.StdEncoding.EncodeToString(m.key) + "\n"
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("write key file: %w", err)
	}
	f, err := os.CreateTemp(dir, filepath.Base(path)+".*.new") // mode 0600
	if err != nil {
		return fmt.Errorf("write key file: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(text)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write key file: %w", err)
	}
	if err := name(f.Name(), path); err != nil {
		return fmt.Errorf("write key file: %w", err)
	}
	d, err := os.Open(dir)
	if err == nil {
		err = errors.Join(d.Sync(), d.Close())
	}
	if err != nil {
		return fmt.Errorf("write key file: %w", err)
	}
	return nil
}
