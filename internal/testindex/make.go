package testindex

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// epoch is the time of everything packed here: the oldest that a zip file can hold.
var epoch = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// Sdist packs files, by slash path, as the sdist of a project; it adds PKG-INFO.
// Equal input gives equal bytes.
func Sdist(name, version string, files map[string][]byte) (file string, data []byte) {
	stem := strings.ReplaceAll(Normal(name), "-", "_") + "-" + version
	files = maps.Clone(files)
	files["PKG-INFO"] = metadata(name, version, nil)
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	t := tar.NewWriter(z)
	for _, path := range slices.Sorted(maps.Keys(files)) {
		must(t.WriteHeader(&tar.Header{
			Name: stem + "/" + path, Mode: 0o644, Size: int64(len(files[path])), ModTime: epoch, Format: tar.FormatPAX,
		}))
		must2(t.Write(files[path]))
	}
	must(t.Close())
	must(z.Close())
	return stem + ".tar.gz", b.Bytes()
}

// Wheel packs files as a pure Python wheel of a project that needs requires.
// Equal input gives equal bytes.
func Wheel(name, version string, requires []string, files map[string][]byte) (file string, data []byte) {
	stem := strings.ReplaceAll(Normal(name), "-", "_") + "-" + version
	info := stem + ".dist-info/"
	files = maps.Clone(files)
	files[info+"METADATA"] = metadata(name, version, requires)
	files[info+"WHEEL"] = []byte("Wheel-Version: 1.0\nGenerator: testindex\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
	var record strings.Builder
	for _, path := range slices.Sorted(maps.Keys(files)) {
		sum := sha256.Sum256(files[path])
		fmt.Fprintf(&record, "%s,sha256=%s,%d\n", path, base64.RawURLEncoding.EncodeToString(sum[:]), len(files[path]))
	}
	fmt.Fprintf(&record, "%sRECORD,,\n", info)
	files[info+"RECORD"] = []byte(record.String())
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, path := range slices.Sorted(maps.Keys(files)) {
		w, err := z.CreateHeader(&zip.FileHeader{Name: path, Method: zip.Deflate, Modified: epoch})
		must(err)
		must2(w.Write(files[path]))
	}
	must(z.Close())
	return stem + "-py3-none-any.whl", b.Bytes()
}

var setting = regexp.MustCompile(`(?m)^(name|version) = "(.*)"$`)

// Sdists packs each folder of fsys that holds a pyproject.toml with name and
// version, and adds the files of fsys's root to each.
func Sdists(fsys fs.FS) (map[string][]byte, error) {
	shared := map[string][]byte{}
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, fmt.Errorf("reading sdist sources: %w", err)
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".py") {
			if shared[e.Name()], err = fs.ReadFile(fsys, e.Name()); err != nil {
				return nil, fmt.Errorf("reading sdist sources: %w", err)
			}
		}
	}
	packed := map[string][]byte{}
	for _, e := range entries {
		if !e.IsDir() || strings.HasPrefix(e.Name(), "_") {
			continue
		}
		files := maps.Clone(shared)
		sub, err := fs.Sub(fsys, e.Name())
		if err == nil {
			err = fs.WalkDir(sub, ".", func(path string, d fs.DirEntry, err error) error {
				if err == nil && !d.IsDir() {
					files[path], err = fs.ReadFile(sub, path)
				}
				return err
			})
		}
		if err != nil {
			return nil, fmt.Errorf("reading sdist sources: %w", err)
		}
		found := map[string]string{}
		for _, m := range setting.FindAllSubmatch(files["pyproject.toml"], -1) {
			found[string(m[1])] = string(m[2])
		}
		if found["name"] == "" || found["version"] == "" {
			return nil, fmt.Errorf("%s/pyproject.toml has no name or no version", e.Name())
		}
		file, data := Sdist(found["name"], found["version"], files)
		packed[file] = data
	}
	return packed, nil
}

func metadata(name, version string, requires []string) []byte {
	s := fmt.Sprintf("Metadata-Version: 2.1\nName: %s\nVersion: %s\n", name, version)
	for _, r := range requires {
		s += "Requires-Dist: " + r + "\n"
	}
	return []byte(s)
}

// must is for writes into memory, which cannot fail.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

func must2(_ int, err error) { must(err) }
