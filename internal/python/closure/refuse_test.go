package closure_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
)

// TestRefuse gives each bad input its error: where, what, and what to do.
func TestRefuse(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, want, hint string }{
		// What pip drops without a word.
		{"--pre flask", `r.txt:1:7: pip drops "flask"`, "write flask on a line of its own"},
		{"-r other.txt b.txt", `r.txt:1:14: pip drops "b.txt"`, "write b.txt on a line of its own"},
		{"-r other.txt -r c.txt", "r.txt:1:14: pip reads only the first --requirement of a line and would drop \"c.txt\"", "write -r c.txt on a line of its own"},
		{"-c c.txt -r other.txt", "r.txt:1:1: pip drops -c c.txt on the line of an include", "write -c c.txt on a line of its own"},
		{"-r other.txt --pre", "r.txt:1:14: pip drops --pre on the line of an include", "write --pre on a line of its own"},
		{"flask -c c.txt", "r.txt:1:7: pip drops -c c.txt on the line of a requirement", "write -c c.txt on a line of its own"},
		{"flask --pre", "r.txt:1:7: pip drops --pre on the line of a requirement", "write --pre on a line of its own"},
		{"flask -e ./libs/foo", "r.txt:1:7: pip drops -e ./libs/foo", "on a line of its own"},
		{"-f wheels -f libs", "r.txt:1:11: pip reads only the first --find-links of a line", "write -f libs on a line of its own"},
		{"-e ./libs/foo -e ./libs/foo", "r.txt:1:15: pip reads only the first --editable", "on a line of its own"},
		{"-e ./libs/foo --hash=sha256:ab", "r.txt:1:15: pip drops the --hash of an editable requirement", "without -e"},
		{"-e ./libs/foo ; os_name=='x'", `r.txt:1:15: pip drops ";"`, "on a line of its own"},
		{"--pre --hash=sha256:ab", "r.txt:1:7: pip drops a --hash without a requirement", "behind its requirement"},
		{"-C a=b", "r.txt:1:1: pip drops --config-settings without a requirement", "behind its requirement"},
		{"--no-binary a, b", `r.txt:1:16: pip drops "b"`, "on a line of its own"},
		// Options.
		{"--upgrade", "r.txt:1:1: pip does not know --upgrade in a requirements file", "remove it"},
		{"flask --global-option=x", "r.txt:1:7: pip does not know --global-option", "pip 25.3 removed it"},
		{"flask --install-option=x", "pip does not know --install-option", "pip 23.1 removed it"},
		{"-Z", "pip does not know -Z (--always-unzip)", "eggs are gone"},
		{"--process-dependency-links", "pip does not know", "NAME @ URL"},
		{"--allow-external x", "pip does not know --allow-external", "--find-links"},
		{"--indx-url https://a", "r.txt:1:1: no such option: --indx-url", "did you mean --index-url?"},
		{"-index-url https://a", "r.txt:1:12: pip drops \"https://a\"", "on a line of its own"}, // -i ndex-url
		{"-q", "pip does not know -q (--quiet)", "remove it"},
		{"-x", "no such option: -x", "-r -c -e -f -i -C"},
		{"--no", "r.txt:1:1: --no could be --no-binary, --no-index, --no-require-hashes", "whole name"},
		{"--pre=x", "--pre takes no value", "write --pre alone"},
		{"-i", "--index-url needs a value", "write --index-url URL"},
		{"--index-url=", "the value of --index-url is empty", "write --index-url URL"},
		{"-i 'https://a", "r.txt:1:4: the quotation is not closed", "close the quotation"},
		{"a --hash=md5:ab", "r.txt:1:3: pip does not take md5 hashes", "sha256, sha384, sha512"},
		{"a --hash=ab", "--hash needs an algorithm and a digest", "sha256:DIGEST"},
		{"a -C k", "--config-settings needs KEY=VALUE", "KEY=VALUE"},
		{"--no-binary -x", "--no-binary needs a value, not the option -x", "NAMES"},
		{"--use-feature x", `pip has no feature "x"`, "fast-deps"},
		{"--trusted-host https://h", "--trusted-host needs a host", "HOST:PORT"},
		{"--require-hashes\n--no-require-hashes", "exclude each other", "remove one"},
		// Requirements.
		{"a=1", "r.txt:1:2: = is no operator", "did you mean a==1?"},
		{"a=>1", "r.txt:1:2: => is no operator", "did you mean a>=1?"},
		{"a~1.0", "~ is no operator", "did you mean a~=1.0?"},
		{"a^1.0", "^ is an operator of Poetry's", "a>=1.2,<2"},
		{"a>=1 <2", "r.txt:1:6: versions are separated by commas", "did you mean a>=1,<2?"},
		{"numpy>=1.*", "r.txt:1:6: .* goes with == and != only, not with >=", "write >=1, or ==1.*"},
		{"a==1.0rc1.*", "cannot follow a pre-release", "==1.*"},
		{"a~=1", "r.txt:1:2: ~= needs at least two numbers", "write ~=1.0, or ==1.*"},
		{"a>=1+x", "a local version (+…) goes with == and != only", "=="},
		{"a==latest", `r.txt:1:4: "latest" is no version`, "leave the version out"},
		{"a==", "no version follows ==", "write a version"},
		{"a==1.x", "r.txt:1:5: unexpected text: \".x\"", "NAME==VERSION"},
		{`"flask"`, "r.txt:1:1: pip does not unquote requirements", "remove the quotes: flask"},
		{`a=="1.0"`, "pip does not unquote versions", "without quotes: ==1.0"},
		{"==1.0", "a version without a project", "name before the version"},
		{"flask django", `r.txt:1:7: unexpected text after the requirement: "django"`, "one requirement a line"},
		{"flask\t--hash=sha256:ab", "r.txt:1:7: an option needs a blank", "not a tab"},
		{"flask#c", "r.txt:1:6: a comment needs white space", "blank before the #"},
		{"flask python_version<'3'", "a semicolon must stand before the marker", "write flask ; python_version"},
		{"flask[a", "r.txt:1:6: the bracket of the extras is not closed", "NAME[one,two]"},
		{"flask[a b]", "extras are separated by commas", "NAME[one,two]"},
		{"flask (>=1", "r.txt:1:7: the parenthesis of the versions is not closed", "leave the parentheses out"},
		{"flask≥1", "the character '≥' (U+2265) cannot stand here", "plain characters"},
		{"\u200bflask", "an invisible character (U+200B)", "delete the invisible character"},
		{"<<<<<<< HEAD", "a version without a project", "name before"},
		// Markers.
		{"a ; python_version<3", "r.txt:1:20: the value is not quoted: 3", `put it in quotes: "3"`},
		{"a ; os_name==posix", "the value is not quoted: posix", `put it in quotes: "posix"`},
		{"a ; python_versoin < '3'", "r.txt:1:5: no such variable: python_versoin", "did you mean python_version?"},
		{"a ; os_name = 'x'", "r.txt:1:13: = is no operator", "did you mean ==?"},
		{"a ; os_name == 'x", "r.txt:1:16: the marker's quotation is not closed", "close the quotation"},
		{"a ; (os_name == 'x'", "the marker's parenthesis is not closed", "close the parenthesis"},
		{"a ; os_name == 'x' sys_platform == 'y'", "r.txt:1:20: unexpected text after the marker", `"and" or "or"`},
		{"a ; 'x' == 'x'", "r.txt:1:5: the marker compares two values", "compare a variable"},
		{"a ; os_name", "an operator must follow here", "=="},
		{"a ; os_name not 'x'", `"not" stands only in "not in"`, `"not in"`},
		{"a ; " + strings.Repeat("(", 5000) + "os_name=='x'", "nested too deep", "fewer parentheses"},
		// Links.
		{"git@github.com:o/r.git", "the short form of an ssh address", "write git+ssh://git@github.com/o/r.git"},
		{"git+git@github.com:o/r.git", "the short form of an ssh address", "write git+ssh://git@github.com/o/r.git"},
		{"git://h/r", "pip does not know git: URLs", "write git+https://h/r"},
		{"foo @ libs/foo", "r.txt:1:7: this is no URL", "./PATH"},
		{"foo @ s3://b/k", "pip does not know s3: URLs", "https"},
		{"git+https://h/r#egg=f[x]", "egg= takes a bare project name", "write NAME[EXTRA] @ git+https://h/r"},
		{"https://h/a.zip;python_version<'3'", "r.txt:1:16: pip takes this marker for a part of the URL", `" ; "`},
		{"https://h/a.zip flask", "r.txt:1:16: a URL cannot hold a blank", `" ; "`},
		{"git+file:///r#egg=a", "cannot reach a repository on this machine", "./PATH"},
		{"git+https://h/r@#egg=a", "the URL's revision is empty", "after the @"},
		{"https://h/a.whl", "invalid wheel file name", "NAME-VERSION"},
		{"-e https://h/a.zip", "can be no editable requirement", "without -e"},
		{"-e git+https://h/r", "r.txt:1:1: the project's name is missing", `write -e "NAME @ git+https://h/r"`},
		{"-e './libs/foo ; os_name==\"x\"'", "an editable path takes no marker", "without -e"},
		{"./nowhere", "there is no file or folder ./nowhere", "relative to the app's directory"},
		{"-e ./nowhere", "there is no folder ./nowhere", "relative to the app's directory"},
		{"nowhere.whl", "nowhere.whl does not exist", "relative to the app's directory"},
		{"./libs", "./libs has neither pyproject.toml nor setup.py", "name the folder"},
		{"../outside", "there is no file or folder ../outside", "relative to the app's directory"},
		{"-e ..", ".. has neither pyproject.toml nor setup.py", "name the folder"},
		{"-f ..", "--find-links .. is a folder around the app", "nothing but wheels"},
		{"./b#d", "a requirements file cannot name", "rename it"},
		// Constraints.
		{"-c k1.txt", "k1.txt:1:1: a constraint cannot be editable", "requirements file"},
		{"-c k2.txt", "k2.txt:1:1: a constraint cannot have extras", "remove [x]"},
		{"-c k3.txt", "k3.txt:1:1: a constraint needs a name", "NAME==VERSION"},
		// Includes.
		{"-r https://u:secret@h/r.txt", "r.txt:1:1: https://u:****@h/r.txt cannot be included", "download the file, commit it"},
		{"a\n -c http://h/c.txt", "r.txt:2:2: http://h/c.txt cannot be included", "commit it"},
		{"a\n-r nope.txt", "r.txt:2:1: nope.txt does not exist", "relative to the file that includes it"},
		{"-r sub/up.txt", "sub/up.txt:1:1: sub/other.txt does not exist", "write ../other.txt"},
		{"-r libs", "r.txt:1:1: libs is no file", "name a file"},
		{"-r r.txt", "r.txt:1:1: the files include each other in a loop: r.txt → r.txt", "remove this line"},
		{"-r sub/l1.txt", "l2.txt:2:1: the files include each other in a loop: sub/l1.txt → l2.txt → sub/l1.txt", "remove this line"},
		{"-r uv.lock", "uv.lock is no requirements file of pip's", "requirements: [uv.lock]"},
		{"-r=other.txt", "=other.txt does not exist", "relative to the file"},
		// Text.
		{"a\n\xff\n", "r.txt:2: byte 0xff is not UTF-8", "save the file as UTF-8"},
		{"# coding: klingon\na", `r.txt:1: unknown encoding "klingon"`, "UTF-8"},
		{"# coding: ascii\n\xc3\xa9", "r.txt:2: byte 0xc3 is not ASCII", "UTF-8"},
		{"\xff\xfea", "the file is not utf-16-le", "UTF-8"},
		{"a -C k='${LINES}'", "the value of a variable holds a line break", "one line"},
		// Places in joined lines, and behind variables.
		{"flask \\\n  --hsh=x", "r.txt:2:3: no such option: --hsh", "did you mean --hash?"},
		{"flask\\\n  =1", "r.txt:2:3: = is no operator", "did you mean flask==1?"},
		{"${SET} --hsh=x", "r.txt:1: no such option: --hsh", "did you mean --hash?"},
	}
	for _, tt := range tests {
		t.Run(tt.text[:min(len(tt.text), 40)], func(t *testing.T) {
			t.Parallel()
			dir := app(t, files{
				"r.txt": tt.text, "k1.txt": "-e ./libs/foo", "k2.txt": "a[x]<1", "k3.txt": "./libs/foo", "sub/up.txt": "-r other.txt",
				"sub/l1.txt": "-r ../l2.txt", "l2.txt": "a\n-r sub/l1.txt", "b#d/setup.py": "", "uv.lock": "",
			})
			_, err := closure.Load(dir, []string{"r.txt"}, lookup)
			if err == nil {
				t.Fatal("accepted")
			}
			e, ok := errors.AsType[*errs.Error](err)
			if !ok || e.Kind != errs.Usage || e.Place == nil || e.Place.File == "" {
				t.Fatalf("no usage error with a place: %#v", err)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error:\n got %s\nwant %s", err, tt.want)
			}
			if !strings.Contains(e.Hint, tt.hint) {
				t.Errorf("hint:\n got %s\nwant %s", e.Hint, tt.hint)
			}
			if strings.Contains(err.Error()+e.Hint+e.Place.Excerpt, "secret") {
				t.Errorf("a secret is shown: %s %s %s", err, e.Hint, e.Place.Excerpt)
			}
		})
	}
}

func TestBomb(t *testing.T) {
	t.Parallel()
	fs := files{"r.txt": "-r f0.txt\n"}
	for i := range 40 {
		next := "f" + string(rune('0'+i/10)) + string(rune('0'+i%10)) + ".txt"
		fs[next] = "x\n"
	}
	fs["f0.txt"] = "-r g1.txt\n-r g1.txt\n"
	for i := 1; i < 30; i++ {
		line := "-r g" + strings.Repeat("1", i+1) + ".txt\n"
		fs["g"+strings.Repeat("1", i)+".txt"] = line + line
	}
	fs["g"+strings.Repeat("1", 30)+".txt"] = "x\n"
	_, err := closure.Load(app(t, fs), []string{"r.txt"}, nil)
	if err == nil || !strings.Contains(err.Error(), "more than 1000 files") {
		t.Error(err)
	}
}

func TestMissingTopFile(t *testing.T) {
	t.Parallel()
	_, err := closure.Load(app(t, nil), []string{"nope.txt"}, nil)
	if err == nil || errs.KindOf(err) != errs.Usage || !strings.HasPrefix(err.Error(), "nope.txt: the requirements file does not exist") {
		t.Error(err)
	}
}
