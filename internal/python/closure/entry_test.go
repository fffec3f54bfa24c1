package closure_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
)

// TestEntries: each line comes with its parts, so that nobody takes it apart.
func TestEntries(t *testing.T) {
	t.Parallel()
	dir := app(t, files{"r.txt": `--index-url https://u:p@h.example/simple/
--no-binary 'B,a' --prefer-binary
-c c.txt
B[x]>=1,!=1.5 ; python_version>'3' --hash=sha256:BB --hash=sha256:aa
a @ https://h.example/a.zip?x=1
https://h.example/get?file=c.zip
./libs/foo[z]
file:wheels/s.tar.gz#subdirectory=d
`})
	c, err := closure.Load(dir, []string{"r.txt"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range c.Entries() {
		got = append(got, fmt.Sprintf("%d %s|%s|%s|%v|%v|%s", e.Kind, e.Name, e.Value, e.Specifier, e.Local, e.Hashes, e.Line))
	}
	want := []string{
		"0 --index-url|https://h.example/simple||false|[]|--index-url https://h.example/simple",
		"0 --no-binary|a,b||false|[]|--no-binary a,b",
		"0 --prefer-binary|||false|[]|--prefer-binary",
		"0 --require-hashes|||false|[]|--require-hashes",
		"1 ./src/libs/foo|||true|[]|./src/libs/foo[z]",
		"1 file:src/wheels/s.tar.gz#subdirectory|||false|[]|file:src/wheels/s.tar.gz#subdirectory=d",
		"1 a|||false|[]|a @ https://h.example/a.zip?x=1",
		`1 b||!=1.5,>=1.0|false|[sha256:aa sha256:bb]|b[x]!=1.5,>=1.0 ; python_version > "3"`,
		"1 https://h.example/get?file|||false|[]|https://h.example/get?file=c.zip",
		"2 six||<2.0|false|[]|six<2.0",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
