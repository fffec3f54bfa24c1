package closure_test

import (
	"math/rand/v2"
	"strings"
)

func randomFile(rnd *rand.Rand) string {
	pick := func(s ...string) string { return s[rnd.IntN(len(s))] }
	blank := func() string { return pick("", "", " ", "  ", "\t") }
	ver := func() string {
		return pick("", "v") + pick("", "", "", "1!") + pick("1", "1.0", "1.0.0", "01.2.30", "2024.1", "1.10") +
			pick("", "", "", "a1", ".b2", "-rc.3", "c", "alpha", "preview-4") + pick("", "", "", ".post1", "-1", "r2", "rev") + pick("", "", "", ".dev", "dev03") +
			pick("", "", "", "", "+local.1", "+Ubuntu-01") + pick("", "", "", "", ".*")
	}
	spec := func() string { return pick("==", "==", "!=", ">=", "<=", "<", ">", "~=", "===") + blank() + ver() }
	name := func() string { return pick("flask", "Flask", "a.b-_c", "A", "zope.interface", "x1", "foo_") }
	markerItem := func() string {
		return blank() + pick("python_version", "os.name", "sys_platform", "extra", "python_implementation", "platform_machine") + blank() +
			pick("==", "!=", "<", ">=", " in ", " not in ", "~=") + blank() + pick(`"3.8"`, `'win32'`, `"A_b"`, `'a"b'`, `"x\x41"`, `"-x"`)
	}
	var marker func(int) string
	marker = func(d int) string {
		s := markerItem()
		if d < 3 && rnd.IntN(4) == 0 {
			s = blank() + "(" + marker(d+1) + ")" + blank()
		}
		if rnd.IntN(3) == 0 {
			s += " " + pick("and", "or") + " " + marker(d+1)
		}
		return s
	}
	req := func() string {
		s := name()
		switch rnd.IntN(12) {
		case 0:
			return pick("./libs/foo", "libs/foo", "./wheels/a-1.0-py3-none-any.whl", "file:libs/foo", "./libs/foo[x]") + pick("", " ; "+marker(0))
		case 1:
			return pick("https://h/f-1.0-py3-none-any.whl", "https://h/f.zip#egg=f", "git+https://h/r@v1#egg=f&subdirectory=s", "https://u:p@h/f.zip", "hg+ssh://u@h/f") + pick("", " ; "+marker(0), "; "+marker(0), ";"+marker(0))
		case 2:
			return s + pick("", "[x]", "[ X , y_z ]") + pick(" @ ", "@") + pick("https://h/a.zip", "git+ssh://git@h/r.git", "file:libs/foo", "https://t@h/a.whl", "https://h/f-1.0-py3-none-any.whl#sha256=ab") + pick("", " ; "+marker(0), ";"+marker(0))
		}
		s += pick("", "", "[x]", "[x,Y]", " [ a.b ]", "[]")
		switch rnd.IntN(4) {
		case 0:
		case 1:
			s += blank() + "(" + spec() + ")"
		case 2:
			s += blank() + spec()
		case 3:
			s += blank() + spec() + blank() + "," + blank() + spec() + pick("", "", ",")
		}
		if rnd.IntN(3) == 0 {
			s += blank() + ";" + marker(0)
		}
		return s
	}
	option := func() string {
		return pick("-i https://a/s/", "--index-url=https://u:p@a/s", "--extra-index-url https://b", "--extra-index https://c", "--pre", "--no-index",
			"--no-binary x,Y", "--no-b :all:", "--only-binary :none:", "--only-binary=Z", "--prefer-binary", "--all-releases a", "--only-final :all:", "--only-final b",
			"--trusted-host h:80", "--use-feature fast-deps", "--require-hashes", "--hash=sha256:ab", "--hash sha512:CD", "-C k=v", "--config-settings='k=v w'", "-Ck=", "--config-setting \"a b=c\"",
			"-r other.txt", "-rother.txt", "-c c.txt", "-f wheels", "--find-links https://l", "-e ./libs/foo", "-e 'git+https://h/r#egg=q'", "--pypi-url https://d", "-i=x", "--no", "--bad", "--")
	}
	var lines []string
	noisy := rnd.IntN(3) == 0
	for range 1 + rnd.IntN(4) {
		var line string
		switch rnd.IntN(5) {
		case 0, 1:
			line = req()
		case 2:
			line = option()
		case 3:
			line = req() + " " + option()
		case 4:
			line = option() + " " + pick(option(), option(), "word", "")
		}
		line = blank() + line + pick("", "", "", " # c", "#c", " \\\n", "\\\n  ", " ${SET}", "${UNSET}", " ${OPT}", "${EMPTY}")
		for noisy && rnd.IntN(4) == 0 {
			noise := pick(" ", "  ", "\t", "\\", "'", `"`, "#", ";", "=", ",", "-", "[", ")", "\u00a0", "\x1f", "é", "@", "!", "/", "*", "$", ".")
			i := rnd.IntN(len(line) + 1)
			line = line[:i] + noise + line[i:]
		}
		lines = append(lines, line)
	}
	return strings.ToValidUTF8(strings.Join(lines, pick("\n", "\r\n", "\r", "\f", "\u2028")), "") + pick("", "\n", "\\")
}
