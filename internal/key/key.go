// Package key makes the hashes that name wheels, runtime, test and app images.
// A key is a versioned SHA-256 over named fields, and keeps the fields, so that
// a miss can be explained. It knows nothing of what the fields mean: plan
// chooses them.
package key

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
)

// version opens every hashed document; raise it when the meaning of fields changes.
const version = "v1"

// maxPlain is the longest value that a key keeps as it is; of a longer one it
// keeps the SHA-256, so that keys stay small enough for an image's labels.
const maxPlain = 200

// Field is one input of a key. Values hold no credentials: they end up in
// labels and in output.
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Key is a hash of 64 hexadecimal digits with the fields that made it, sorted
// by name. The zero Key is "not known".
type Key struct {
	Hash   string  `json:"key"`
	Fields []Field `json:"fields,omitempty"`
}

// Of makes a field; a value of more than 200 bytes is replaced by its SHA-256.
func Of(name, value string) Field {
	if len(value) > maxPlain {
		value = "sha256:" + Sum([]byte(value))
	}
	return Field{name, value}
}

// List makes a field of a list in which order counts.
func List(name string, values []string) Field { return Of(name, fmt.Sprintf("%q", values)) }

// New hashes the fields under the kind's name ("wheels", "runtime", …). The
// order of the fields does not matter; their names and values do.
func New(kind string, fields ...Field) Key {
	sorted := slices.Clone(fields)
	slices.SortFunc(sorted, func(a, b Field) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Value, b.Value))
	})
	h := sha256.New()
	write := func(s string) {
		h.Write(binary.AppendUvarint(nil, uint64(len(s))))
		h.Write([]byte(s))
	}
	write(version)
	write(kind)
	for _, f := range sorted {
		write(f.Name)
		write(f.Value)
	}
	return Key{Hash: hex.EncodeToString(h.Sum(nil)), Fields: sorted}
}

// Short is the first eight digits, for people.
func (k Key) Short() string { return Short(k.Hash) }

// Short is the first eight digits of a hash, or of a digest after "sha256:".
func Short(hash string) string {
	if len(hash) > 7 && hash[:7] == "sha256:" {
		hash = hash[7:]
	}
	return hash[:min(8, len(hash))]
}

// Sum is the SHA-256 of data in hexadecimal.
func Sum(data []byte) string {
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}

// Change is a field in which two keys differ. Old is empty for a new field,
// New for one that is gone.
type Change struct {
	Name string `json:"name"`
	Old  string `json:"old,omitempty"`
	New  string `json:"new,omitempty"`
}

// Diff lists the fields in which k differs from an older key, by name.
func Diff(older, k Key) []Change {
	var changes []Change
	old := map[string]string{}
	for _, f := range older.Fields {
		old[f.Name] = f.Value
	}
	for _, f := range k.Fields {
		if v, ok := old[f.Name]; !ok || v != f.Value {
			changes = append(changes, Change{f.Name, v, f.Value})
		}
		delete(old, f.Name)
	}
	for name, v := range old {
		changes = append(changes, Change{name, v, ""})
	}
	slices.SortFunc(changes, func(a, b Change) int { return cmp.Compare(a.Name, b.Name) })
	return changes
}
