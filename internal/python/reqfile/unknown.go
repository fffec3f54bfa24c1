package reqfile

import (
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
	"github.com/gcpdeploy/gcpdeploy/internal/suggest"
)

// gone are options that old files have and pip took out, with what to do.
var gone = map[string]string{
	"--global-option":             "pip 25.3 removed it: pass it to the build backend with --config-settings, e.g. --config-settings=--global-option=VALUE",
	"--build-option":              "pip 25.3 removed it: pass it to the build backend with --config-settings, e.g. --config-settings=--build-option=VALUE",
	"--install-option":            "pip 23.1 removed it with setup.py install: pass the setting to the build backend with --config-settings",
	"--always-unzip":              "pip ignores it since eggs are gone: remove it",
	"--process-dependency-links":  "pip 19.0 removed it: name the project by its URL, NAME @ URL",
	"--allow-external":            "pip 8.0 removed it: add the other host with --find-links, or name the project by its URL, NAME @ URL",
	"--allow-all-external":        "pip 8.0 removed it: add the other hosts with --find-links, or name the projects by their URLs, NAME @ URL",
	"--allow-unverified":          "pip 8.0 removed it: add the other host with --find-links, or name the project by its URL, NAME @ URL",
	"--allow-insecure":            "pip 8.0 removed it: add the other host with --find-links, or name the project by its URL, NAME @ URL",
	"--use-wheel":                 "wheels are used anyway: remove it",
	"--no-use-wheel":              "pip 10 removed it: write --no-binary :all:",
	"--use-mirrors":               "pip 7.0 removed it: remove it, or name the mirror with --index-url",
	"--mirrors":                   "pip 7.0 removed it: name the mirror with --index-url",
	"--download-cache":            "pip 8.0 removed it: remove it, pip keeps its own cache",
	"--use-pep517":                "every build works this way now: remove it",
	"--no-use-pep517":             "pip 25.3 removed it: remove it, every build works by PEP 517 now",
	"--use-deprecated":            "it is an option of the command, not of the file: remove it",
	"--no-build-isolation":        "it is an option of the command, not of the file: list the build requirements in the project's pyproject.toml",
	"--build-constraint":          "it is an option of the command, not of the file: remove it",
	"--requirements-from-script":  "it is an option of the command, not of the file: write the requirements out",
	"--uploaded-prior-to":         "it is an option of the command, not of the file: pin the versions instead",
	"--extra":                     "write the extra with its project, NAME[EXTRA]",
	"--no-deps":                   "it is an option of the command, not of the file: remove it",
	"--upgrade":                   "it is an option of the command, not of the file: remove it",
	"--user":                      "it is an option of the command, not of the file: remove it",
	"--target":                    "it is an option of the command, not of the file: remove it",
	"--quiet":                     "it is an option of the command, not of the file: remove it",
	"--no-cache-dir":              "it is an option of the command, not of the file: remove it",
	"--ignore-installed":          "it is an option of the command, not of the file: remove it",
	"--force-reinstall":           "it is an option of the command, not of the file: remove it",
	"--no-warn-script-location":   "it is an option of the command, not of the file: remove it",
	"--disable-pip-version-check": "it is an option of the command, not of the file: remove it",
	"--timeout":                   "it is an option of the command, not of the file: remove it",
	"--cert":                      "it is an option of the command, not of the file: give the certificates with ca_file in gcpdeploy.yaml",
	"--proxy":                     "it is an option of the command, not of the file: set the variable HTTPS_PROXY",
}

var goneShort = map[byte]string{
	'Z': "--always-unzip", 'M': "--use-mirrors", 'U': "--upgrade", 't': "--target", 'q': "--quiet", 'I': "--ignore-installed",
}

func unknownLong(name string) *pep508.Fault {
	if what, ok := gone[name]; ok {
		return pep508.Faultf(0, what, "pip does not know %s in a requirements file", name)
	}
	if best := suggest.Nearest(name, longs); best != "" {
		return pep508.Faultf(0, "did you mean "+best+"?", "no such option: %s", name)
	}
	return pep508.Faultf(0, "a requirements file may hold "+strings.Join(longs, " "), "no such option: %s", name)
}

func unknownShort(text string) *pep508.Fault {
	if long, ok := goneShort[text[1]]; ok {
		return pep508.Faultf(0, gone[long], "pip does not know -%c (%s) in a requirements file", text[1], long)
	}
	if f := unknownLong("-" + text); f.Hint != "" && strings.HasPrefix(f.Hint, "did you mean") {
		return pep508.Faultf(0, f.Hint, "no such option: -%c (of %s)", text[1], text)
	}
	return pep508.Faultf(0, "the short options are -r -c -e -f -i -C", "no such option: -%c", text[1])
}
