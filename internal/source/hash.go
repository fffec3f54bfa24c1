package source

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"io/fs"
	"maps"
	"slices"
)

// mode is what is left of a file's mode: whether its owner may run it.
func mode(exec bool) fs.FileMode {
	if exec {
		return 0o755
	}
	return 0o644
}

// Hash is 64 hex digits over all that the archive holds of the tree: paths,
// kinds, the executable bit, contents, link targets, folders. Times, owners and
// the order on disk are not in it.
func (t *Tree) Hash() string {
	h := fields{sha256.New()}
	h.text("gcpdeploy source v1")
	h.number(len(t.dirs))
	for _, d := range t.dirs {
		h.text(d)
	}
	h.number(len(t.Files))
	for i := range t.Files {
		f := &t.Files[i]
		h.text(f.Path)
		switch {
		case f.Mode&fs.ModeSymlink != 0:
			h.text("link")
			h.text(f.Link)
		case f.Mode&0o100 != 0:
			h.text("program")
			h.bytes(f.Sum[:])
		default:
			h.text("file")
			h.bytes(f.Sum[:])
		}
	}
	return h.hex()
}

// ObjectName is where the archive of a tree and its extra files is stored: the
// same content has the same name, so what is there need not be sent.
func ObjectName(t *Tree, extra map[string][]byte) string {
	h := fields{sha256.New()}
	h.text("gcpdeploy archive v2")
	h.text(t.Hash())
	h.number(len(extra))
	for _, name := range slices.Sorted(maps.Keys(extra)) {
		h.text(name)
		h.bytes(extra[name])
	}
	return "source/" + h.hex() + ".tgz"
}

// fields hashes values each with its length before it.
type fields struct{ hash.Hash }

func (h fields) number(n int) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(n))
	h.Write(b[:])
}

func (h fields) bytes(b []byte) {
	h.number(len(b))
	h.Write(b)
}

func (h fields) text(s string) { h.bytes([]byte(s)) }
func (h fields) hex() string   { return hex.EncodeToString(h.Sum(nil)) }
