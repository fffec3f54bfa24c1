package closure_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
)

func TestOptions(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, want string }{
		{"", `{}`},
		{"-i https://a -i https://b", `{"index_urls":["https://b"]}`},
		{"-i https://a\n--extra-index https://b\n--pypi-url https://c", `{"index_urls":["https://c"]}`},
		{"--extra-index-url https://a --index-url=https://b --extra-index-url https://c", `{"index_urls":["https://b","https://a","https://c"]}`},
		{"--extra-index-url https://a", `{"index_urls":["https://a"]}`},
		{"-i https://a\n--no-index\n-i https://b", `{"no_index":true}`},
		{"-i=https://a", `{"index_urls":["=https://a"]}`},
		{"-iURL", `{"index_urls":["URL"]}`},
		{"-i https://u:secret@h/s --extra-index-url https://tok@h\n-f https://u:p@h", `{"index_urls":["https://u:****@h/s","https://****@h"],"find_links":["https://u:****@h"]}`},
		{"-f wheels\n--find https://l\n-f missing\n-r sub/f.txt", `{"find_links":["wheels","https://l","missing","sub/w"]}`},
		{"-foo", `{"find_links":["oo"]}`},
		{"--no-binary a,B_c\n--only-binary a", `{"no_binary":["b-c"],"only_binary":["a"]}`},
		{"--no-binary a\n--only-binary :all:", `{"only_binary":[":all:"]}`},
		{"--no-binary a,:all:,:none:,b", `{"no_binary":["b"]}`},
		{"--pre --prefer-binary\n--trusted-host h:8080 --trusted-host h:8080", `{"pre":true,"prefer_binary":true,"trusted_hosts":["h:8080"]}`},
		{"--all-releases a --only-final :all:", `{"only_final":[":all:"]}`},
		{"--pre\n--only-final :all:", `{"only_final":[":all:"]}`},
		{"--require-hashes --use-feature fast-deps", `{"require_hashes":true,"use_features":["fast-deps"]}`},
		{"a --hash=sha256:ab", `{}`},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			dir := app(t, files{"r.txt": tt.text, "sub/f.txt": "-f w", "sub/w/x": ""})
			report, err := closure.Read(dir, []string{"r.txt"}, nil)
			if err != nil {
				t.Fatal(err)
			}
			b, _ := json.Marshal(report.Options)
			var got map[string]any
			_ = json.Unmarshal(b, &got)
			for k, v := range got {
				if list, ok := v.([]any); v == false || ok && len(list) == 0 {
					delete(got, k)
				}
			}
			b, _ = json.Marshal(got)
			var want map[string]any
			_ = json.Unmarshal([]byte(tt.want), &want)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(string(b), diff)
			}
		})
	}
}

// TestWarnings: what works but weakens an install is told at its place.
func TestWarnings(t *testing.T) {
	t.Parallel()
	dir := app(t, files{"r.txt": "six\n-r sub/r.txt\n", "sub/r.txt": "# ours\n--extra-index-url https://me:secret@e/s\n--trusted-host e:8080\n"})
	c, err := closure.Load(dir, []string{"r.txt"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, w := range c.Warnings {
		got = append(got, fmt.Sprintf("%s:%d: %s", w.File, w.Line, w.Message))
	}
	want := []string{
		"sub/r.txt:2: an extra index has no rank: the highest version on any index wins, whoever put it there (dependency confusion); one --index-url for all is safer",
		"sub/r.txt:3: --trusted-host e:8080 turns the check of its certificate off; ca_file in gcpdeploy.yaml trusts a CA of your own",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}
