package frame_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

func TestReadState(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.json")
	var said bytes.Buffer
	log := slog.New(slog.NewTextHandler(&said, nil))
	var v struct{ A int }
	parse := func(data []byte) error { return json.Unmarshal(data, &v) }
	if ok, err := frame.ReadState(log, path, parse); ok || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v, %v", ok, err)
	}
	for text, whole := range map[string]bool{`{"A":1}`: true, `{"A":`: false, "": false, "\x00\x00\x00": false} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		said.Reset()
		ok, err := frame.ReadState(log, path, parse)
		if ok != whole || err != nil || strings.Contains(said.String(), "a.json.damaged") == whole {
			t.Errorf("%q: %v, %v, said %q", text, ok, err, said.String())
		}
		if aside, err := os.ReadFile(path + ".damaged"); !whole && (err != nil || string(aside) != text) {
			t.Errorf("%q: set aside %q, %v", text, aside, err)
		}
		if _, err := os.Stat(path); (err == nil) != whole {
			t.Errorf("%q: in its place: %v", text, err)
		}
	}
}
