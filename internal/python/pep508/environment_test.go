package pep508_test

import (
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
)

func TestReduce(t *testing.T) {
	t.Parallel()
	env := pep508.Environment{Python: "3.12", Extras: []string{"web", "extra-3-app-cpu"}, Groups: []string{"dev"}}
	for marker, want := range map[string]string{
		"":                        "always",
		"sys_platform == 'linux'": "always",
		"sys_platform == 'win32'": "never",
		"platform_machine == 'x86_64' and os_name != 'nt'":               "always",
		"sys_platform in 'linux darwin'":                                 "always",
		"'lin' in sys_platform":                                          "always",
		"'nux' not in sys_platform":                                      "never",
		"python_version < '3.9'":                                         "never",
		"python_version >= '3.9' and python_version < '4.0'":             "always",
		"'3.9' <= python_version":                                        "always",
		"python_version ~= '3.11'":                                       "always",
		"python_version == '3.12.*'":                                     "always",
		"python_version in '3.11, 3.12'":                                 "always",
		"python_full_version < '3.12'":                                   "never",
		"python_full_version >= '3.12'":                                  "always",
		"python_full_version < '3.12.4'":                                 `python_full_version < "3.12.4"`,
		"'3.12.4' > python_full_version":                                 `"3.12.4" > python_full_version`,
		"python_full_version == '3.12.*'":                                "always",
		"python_full_version <= '3.13'":                                  "always",
		"implementation_version >= '3.12.1' and sys_platform == 'linux'": `implementation_version >= "3.12.1"`,
		"platform_release >= '5' or sys_platform == 'linux'":             "always",
		"platform_release >= '5' or sys_platform == 'win32'":             `platform_release >= "5"`,
		"platform_release >= '5' and sys_platform == 'win32'":            "never",
		"(python_full_version < '3.12.4' or platform_version == 'x') and os_name == 'posix' and platform_release == 'y'": `(python_full_version < "3.12.4" or platform_version == "x") and platform_release == "y"`,
		"sys_platform == 'win32' or os_name == 'nt' and python_version > '3'":                                            "never",
		"sys_platform == 'linux' or os_name == 'nt' and python_version > '4'":                                            "always",
		"extra == 'Web'":   "always",
		"extra == 'other'": "never",
		"extra != 'other' and extra == 'extra-3-app-cpu'":  "always",
		"'dev' in dependency_groups":                       "always",
		"'web' in extras and 'x' not in dependency_groups": "always",
		"'x' in extras": "never",
	} {
		rest, holds, err := env.Reduce(marker)
		got := rest
		switch {
		case err != nil:
			t.Errorf("%s: %v", marker, err)
		case !holds:
			got = "never"
		case rest == "":
			got = "always"
		}
		if got != want {
			t.Errorf("Reduce(%s) = %s, want %s", marker, got, want)
		}
	}
	if _, _, err := env.Reduce("python = 3"); err == nil || !strings.Contains(err.Error(), `the marker "python = 3"`) {
		t.Errorf("no marker: %v", err)
	}
	for spec, want := range map[string]bool{">=3.10": true, ">=3.12.4": true, "<3.12": false, ">=3.8,<4.0": true, "==3.12.*": true, "": true} {
		if got, err := env.Satisfies(spec); err != nil || got != want {
			t.Errorf("Satisfies(%q) = %v, %v", spec, got, err)
		}
	}
	threaded := pep508.Environment{Python: "3.14t"}
	if ok, err := threaded.Satisfies("==3.14.*"); err != nil || !ok || !threaded.Always("python_version == '3.14' and python_full_version >= '3.14.0'") {
		t.Errorf("free-threaded: %v, %v", ok, err)
	}
	if _, err := env.Satisfies("^3.9"); err == nil {
		t.Error("^3.9 is no specifier")
	}
}

// FuzzReduce reduces any text: nothing may panic, and what is left of a marker
// reduces to itself.
func FuzzReduce(f *testing.F) {
	f.Add("python_full_version < '3.12.4' and (sys_platform == 'win32' or platform_release >= 'x') or 'a' in extras")
	f.Add("'3.12.1' ~= python_full_version or python_version in '3.12 3.13' and extra != 'A.b'")
	f.Add("implementation_version === '3.12.*' and os_name < platform_version")
	env := pep508.Environment{Python: "3.12", Extras: []string{"a"}}
	f.Fuzz(func(t *testing.T, text string) {
		rest, holds, err := env.Reduce(text)
		if err != nil || !holds {
			return
		}
		again, holds, err := env.Reduce(rest)
		if again != rest || !holds || err != nil {
			t.Fatalf("%q is left of %q, and of that %q, %v, %v", rest, text, again, holds, err)
		}
	})
}
