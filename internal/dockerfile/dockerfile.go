// Package dockerfile fills in a Dockerfile template. Text of the user never
// becomes Dockerfile or shell syntax: commands are JSON arrays, and what cannot
// be quoted is checked. It knows nothing of where templates lie or who builds.
package dockerfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Data is what a template may use: its exported fields, and the function json.
type Data struct {
	BaseImage       string   // image reference that all stages start from
	Python          string   // "3.12", or "" for whatever the base image has
	BuildPackages   []string // packages of the system, for compiling
	RuntimePackages []string // packages of the system, deployed
	Slim            []string // the arguments that say what packages are without; none = nothing
	Entrypoint      []string
	Port            int
	Own             []string // the app's own projects below /app, as pip's requirement lines
	Folder          string   // where below /app the app lies; "" = there
}

var (
	image    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:/@-]*$`)
	python   = regexp.MustCompile(`^([0-9]+(\.[0-9]+){0,2}t?)?$`)
	pkg      = regexp.MustCompile(`^[a-z0-9][a-z0-9+.-]*(:[a-z0-9]+)?([=/][A-Za-z0-9.+:~-]+)?$`)
	below    = regexp.MustCompile(`^([\pL\pN._+@-]+(/[\pL\pN._+@-]+)*)?$`)
	position = regexp.MustCompile(`^template: .*?:([0-9]+)(?::([0-9]+))?: ((?s:.*))$`)
	context  = regexp.MustCompile(`^executing ".*?" at (<.*>): `)
)

// Render reads the template called name from templates and fills it in. Every
// error of the data or the template is a Usage error; one of the template has
// its place.
func Render(templates fs.FS, name string, d Data) ([]byte, error) {
	if err := d.validate(); err != nil {
		return nil, err
	}
	text, err := fs.ReadFile(templates, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errs.New(errs.Usage, "", "there is no template %s: %w", name, err)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the template %s: %w", name, err)
	}
	t, err := template.New(name).Option("missingkey=error").Funcs(template.FuncMap{"json": quote}).Parse(string(text))
	if err != nil {
		return nil, at(templates, name, string(text), err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, d); err != nil {
		return nil, at(templates, name, string(text), err)
	}
	return out.Bytes(), nil
}

func (d Data) validate() error {
	if !image.MatchString(d.BaseImage) {
		return errs.New(errs.Usage, "set base_image to an image reference such as python:3.12-slim", "%q is no base image", d.BaseImage)
	}
	if !python.MatchString(d.Python) {
		return errs.New(errs.Usage, `set python to a version such as "3.12"`, "%q is no Python version", d.Python)
	}
	for _, p := range slices.Concat(d.BuildPackages, d.RuntimePackages) {
		if !pkg.MatchString(p) {
			return errs.New(errs.Usage, "name packages as apt-get does, one a list item", "system_packages: %q is no package name", p)
		}
	}
	if !below.MatchString(d.Folder) {
		return errs.New(errs.Usage, "rename them to letters, digits, - _ . + and @", "a Dockerfile cannot name the folders around the app: %q", d.Folder)
	}
	if d.Port < 1 || d.Port > 65535 {
		return errs.New(errs.Usage, "give a port between 1 and 65535", "%d is no port", d.Port)
	}
	return nil
}

// quote is the template function json: its arguments, strings or lists of
// strings, as one JSON array, which is Dockerfile's exec form. Empty strings
// stay; so --flag "" is possible.
func quote(args ...any) (string, error) {
	words := []string{}
	for _, a := range args {
		switch a := a.(type) {
		case string:
			words = append(words, a)
		case []string:
			words = append(words, a...)
		default:
			return "", fmt.Errorf("json takes strings and lists of strings, not %T", a)
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(words)
	return strings.TrimSpace(b.String()), err
}

// at turns an error of text/template into one with its place.
func at(templates fs.FS, name, text string, err error) error {
	message := err.Error()
	place := errs.Place{File: name}
	if w, ok := templates.(interface{ Where(string) string }); ok {
		place.File = w.Where(name)
	}
	if m := position.FindStringSubmatch(message); m != nil {
		place.Line, _ = strconv.Atoi(m[1])
		if n, err := strconv.Atoi(m[2]); err == nil {
			place.Column = n + 1 // text/template counts columns from 0
		}
		if lines := strings.Split(text, "\n"); place.Line >= 1 && place.Line <= len(lines) {
			place.Excerpt = strings.TrimSuffix(lines[place.Line-1], "\r")
		}
		message = context.ReplaceAllString(m[3], "$1: ")
	}
	return errs.At(place, "templates know "+fields()+" and the function json", "%s", message)
}

func fields() string {
	var names []string
	for _, f := range reflect.VisibleFields(reflect.TypeFor[Data]()) {
		names = append(names, "."+f.Name)
	}
	return strings.Join(names, " ")
}
