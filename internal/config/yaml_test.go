package config

import (
	"bytes"
	"encoding/json"
	"maps"
	"os/exec"
	"slices"
	"testing"
)

// colons are texts with colons in all forms that YAML has for lists and mappings, and
// what they hold, with every scalar as text.
var colons = map[string]string{
	"a: [topic:news]":                                   `{"a":["topic:news"]}`,
	"a: {b: [topic:news]}":                              `{"a":{"b":["topic:news"]}}`,
	"{a: [topic:news, webhook:hook:2]}":                 `{"a":["topic:news","webhook:hook:2"]}`,
	"{a: [webhook:hook:2, c], d: e:f}":                  `{"a":["webhook:hook:2","c"],"d":"e:f"}`,
	"{a: [python:3.12-slim, python:3.12, x:1]}":         `{"a":["python:3.12-slim","python:3.12","x:1"]}`,
	"{a: [eu.gcr.io:443/p/i:1@sha256:ab]}":              `{"a":["eu.gcr.io:443/p/i:1@sha256:ab"]}`,
	"{a: [https://u:p@h:8/x#y]}":                        `{"a":["https://u:p@h:8/x#y"]}`,
	"{a: ['topic:news', \"b:c\"]}":                      `{"a":["topic:news","b:c"]}`,
	"{a: [[b:c], {d: [e:f]}]}":                          `{"a":[["b:c"],{"d":["e:f"]}]}`,
	"{a: [{b: c:d}, e:f]}":                              `{"a":[{"b":"c:d"},"e:f"]}`,
	"{a: [b: c, d:e]}":                                  `{"a":[{"b":"c"},"d:e"]}`,
	"{a: [x b:c d:e]}":                                  `{"a":["x b:c d:e"]}`,
	"{a: [é:ü, b]}":                                     `{"a":["é:ü","b"]}`,
	"{a: [b :c]}":                                       `{"a":["b :c"]}`,
	"{a: [b::c, d:true, e:null]}":                       `{"a":["b::c","d:true","e:null"]}`,
	"{a: [\n  b:c, # d:e\n  f:g\n]}":                    `{"a":["b:c","f:g"]}`,
	"{a:b}":                                             `{"a:b":""}`,
	"{a:b, c: d}":                                       `{"a:b":"","c":"d"}`,
	"{\"a\":\"b\", 'c':[d]}":                            `{"a":"b","c":["d"]}`,
	"{\"a\":1}":                                         `{"a":"1"}`,
	"a:\n- topic:news\n- b: c:d\n":                      `{"a":["topic:news",{"b":"c:d"}]}`,
	"a:\n  b:c: d:e\n":                                  `{"a":{"b:c":"d:e"}}`,
	"a:\n- [b:c]\n- {d: e:f}\n- {g: [h:i]}\n":           `{"a":[["b:c"],{"d":"e:f"},{"g":["h:i"]}]}`,
	"x: &x [b:c]\ny: {z: *x, w: [*x, d:e]}\n":           `{"x":["b:c"],"y":{"w":[["b:c"],"d:e"],"z":["b:c"]}}`,
	"a: |\n  {b: [c:d]}\n":                              `{"a":"{b: [c:d]}\n"}`,
	"a: 'x {b: [c:d]}'\nb: x {y:z}\n":                   `{"a":"x {b: [c:d]}","b":"x {y:z}"}`,
	"a: {b: [c:d],\n  e: [f:g,\n  h:i]}\nj: [k:l, m]\n": `{"a":{"b":["c:d"],"e":["f:g","h:i"]},"j":["k:l","m"]}`,
}

// TestColons reads them, with what YAML says of them.
func TestColons(t *testing.T) {
	t.Parallel()
	for in, want := range colons {
		v, err := parseYAML(origin{}, []byte(in))
		if err != nil {
			t.Errorf("%q: %v", in, err)
			continue
		}
		if got := asJSON(t, v.plain()); got != want {
			t.Errorf("%q is read as %s, want %s", in, got, want)
		}
	}
}

// plain is a value as JSON has it, with every scalar as text.
func (v value) plain() any {
	switch v.kind {
	case list:
		items := []any{}
		for _, i := range v.items {
			items = append(items, i.plain())
		}
		return items
	case mapping:
		fields := map[string]any{}
		for _, f := range v.fields {
			fields[f.name] = f.value.plain()
		}
		return fields
	}
	return v.text
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return string(bytes.TrimSpace(out.Bytes()))
}

// TestColonsAsPyYAML has PyYAML judge the table above.
func TestColonsAsPyYAML(t *testing.T) {
	t.Parallel()
	const program = `
import json, sys
import yaml
read = lambda text: yaml.load(text, Loader=yaml.BaseLoader)
print(json.dumps([read(text) for text in json.load(sys.stdin)]))`
	if err := exec.CommandContext(t.Context(), "python3", "-c", "import yaml").Run(); err != nil {
		t.Skip("needs PyYAML")
	}
	texts := slices.Sorted(maps.Keys(colons))
	run := exec.CommandContext(t.Context(), "python3", "-c", program)
	run.Stdin = bytes.NewReader([]byte(asJSON(t, texts)))
	out, err := run.Output()
	if err != nil {
		t.Fatal(err)
	}
	var theirs []any
	if err := json.Unmarshal(out, &theirs); err != nil {
		t.Fatal(err)
	}
	for n, text := range texts {
		if got := asJSON(t, theirs[n]); got != colons[text] {
			t.Errorf("PyYAML reads %q as %s, and the table has %s", text, got, colons[text])
		}
	}
}
