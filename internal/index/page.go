package index

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"

	"golang.org/x/net/html"

	"github.com/gcpdeploy/gcpdeploy/internal/python/wheel"
)

// The media types of PEP 691.
const (
	jsonType = "application/vnd.pypi.simple.v1+json"
	htmlType = "application/vnd.pypi.simple.v1+html"
)

// maxPage bounds what is read of an answer. The page of numpy has 3 MB (2026-11).
const maxPage = 32 << 20

// read reads a project's page in the form that the index chose.
func read(resp *http.Response) ([]wheel.File, error) {
	body := &io.LimitedReader{R: resp.Body, N: maxPage}
	kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	var files []wheel.File
	switch {
	case err != nil:
	case kind == jsonType || kind == "application/json":
		files, err = readJSON(body)
	case kind == htmlType || kind == "text/html":
		files, err = readHTML(body)
	default:
		err = fmt.Errorf("unknown form %s", kind)
	}
	if err == nil && body.N == 0 {
		err = errors.New("it is too long")
	}
	if err != nil {
		return nil, fmt.Errorf("reading the index's answer: %w", err)
	}
	return files, nil
}

// yanked is false, true, or a reason.
type yanked bool

var _ json.Unmarshaler = (*yanked)(nil)

func (y *yanked) UnmarshalJSON(b []byte) error {
	*y = string(b) == "true" || len(b) > 2 && b[0] == '"'
	return nil
}

func readJSON(r io.Reader) ([]wheel.File, error) {
	var page struct {
		Files []struct {
			Filename string
			Hashes   struct{ SHA256 string }
			Requires string `json:"requires-python"`
			Yanked   yanked
		}
	}
	if err := json.NewDecoder(r).Decode(&page); err != nil {
		return nil, err
	}
	if page.Files == nil {
		return nil, errors.New("it has no list of files")
	}
	files := make([]wheel.File, 0, len(page.Files))
	for _, f := range page.Files {
		files = append(files, wheel.File{Name: f.Filename, SHA256: strings.ToLower(f.Hashes.SHA256), RequiresPython: f.Requires, Yanked: bool(f.Yanked)})
	}
	return files, nil
}

// readHTML reads the links of a page: the file's name is the end of its URL.
func readHTML(r io.Reader) ([]wheel.File, error) {
	files := []wheel.File{}
	for z := html.NewTokenizer(r); ; {
		switch z.Next() {
		case html.ErrorToken:
			if errors.Is(z.Err(), io.EOF) {
				return files, nil
			}
			return nil, z.Err()
		case html.StartTagToken, html.SelfClosingTagToken:
			if t := z.Token(); t.Data == "a" {
				if f, ok := link(t.Attr); ok {
					files = append(files, f)
				}
			}
		}
	}
}

func link(attributes []html.Attribute) (f wheel.File, ok bool) {
	for _, a := range attributes {
		switch a.Key {
		case "href":
			u, err := url.Parse(strings.TrimSpace(a.Val))
			if err != nil {
				return f, false
			}
			f.Name = path.Base(u.Path)
			if sum, found := strings.CutPrefix(u.Fragment, "sha256="); found {
				f.SHA256 = strings.ToLower(sum)
			}
		case "data-requires-python":
			f.RequiresPython = a.Val
		case "data-yanked":
			f.Yanked = true
		}
	}
	return f, f.Name != "" && f.Name != "." && f.Name != "/"
}
