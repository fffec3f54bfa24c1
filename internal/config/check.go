package config

import (
	"errors"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/python"
	"github.com/gcpdeploy/gcpdeploy/internal/suggest"
)

// ReservedImages are names in the image repository that no service may have.
var ReservedImages = []string{"wheels", "runtime", "testenv", "builder"}

// machineTypes are those of cloudbuild.v1.BuildOptions.
var machineTypes = []string{"E2_MEDIUM", "E2_STANDARD_2", "E2_HIGHCPU_8", "E2_HIGHCPU_32", "N1_HIGHCPU_8", "N1_HIGHCPU_32"}

// A check gives the value in its normal form, or what is wrong with it.
type check func(string) (string, *fault)

// matching makes a check of a pattern; what says in words what it wants.
func matching(pattern, what, hint string) check {
	re := regexp.MustCompile(`^(?:` + pattern + `)$`)
	return func(s string) (string, *fault) {
		if !re.MatchString(s) {
			return "", wrong(hint, "must be %s, not %q", what, s)
		}
		return s, nil
	}
}

var (
	projectForm = matching(`([a-z0-9.-]+:)?[a-z][a-z0-9-]{0,28}[a-z0-9]`, "a project ID (lower-case letters, digits and hyphens)", "Give the project's ID, neither its name nor its number; `gcloud projects list` shows it.")
	regionForm  = matching(`[a-z]+(-[a-z]+[0-9]+)?`, "a region such as europe-west1", "")
	repoForm    = matching(`[a-z]([a-z0-9-]{0,61}[a-z0-9])?`, "a repository name (lower-case letters, digits and hyphens, at most 63)", "")
	imageForm   = matching(`[a-z0-9]+([._:/-]+[a-zA-Z0-9_]+)*(@sha256:[0-9a-f]{64})?`, "an image reference such as python:3.12-slim", "")
	debianForm  = matching(`[a-z0-9][a-z0-9+.-]+(:[a-z0-9]+)?([=/][A-Za-z0-9.+:~-]+)?`, "a Debian package name", "")
	pypiForm    = matching(`(?i)[a-z0-9]([a-z0-9._-]*[a-z0-9])?|:all:|:none:`, "a Python package name, :all: or :none:", "")
	moduleForm  = matching(`[\pL_][\pL\pN_]*(\.[\pL_][\pL\pN_]*)*`, "the name of a module, as in an import", "")
	accountForm = matching(`[a-zA-Z0-9._-]+@[a-zA-Z0-9.-]+\.[a-z]+`, "the e-mail address of a service account", "Write NAME@PROJECT.iam.gserviceaccount.com.")
	poolForm    = matching(`projects/[^/\s]+/locations/[^/\s]+/workerPools/[a-z0-9-]+`, "the full name of a worker pool", "Write projects/PROJECT/locations/REGION/workerPools/NAME.")
	bucketForm  = matching(`[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]`, "a bucket name", "")
	envForm     = matching(`[A-Za-z_][A-Za-z0-9_.-]*`, "a variable name (letters, digits and _, not starting with a digit)", "")
	// netrcSecretForm is secretForm with an optional version, and without aliases of versions.
	netrcSecretForm = regexp.MustCompile(`^(projects/[^/\s:]+/secrets/)?[A-Za-z0-9_-]{1,255}(:(latest|[1-9][0-9]*))?$`)
	secretForm      = regexp.MustCompile(`^(projects/[^/\s:]+/secrets/)?[A-Za-z0-9_-]{1,255}:(latest|[1-9][0-9]*|[a-z][a-z0-9_-]*)$`)
	serviceForm     = regexp.MustCompile(`^[a-z]([a-z0-9-]{0,47}[a-z0-9])?$`)
	zoneForm        = regexp.MustCompile(`^([a-z]+-[a-z]+[0-9]+)-[a-z]$`)
)

// CheckPackage says what is wrong with the name of a Debian package, as apt-get
// takes it: NAME, NAME:ARCH, NAME=VERSION or NAME/RELEASE.
func CheckPackage(s string) error {
	if _, f := debianForm(s); f != nil {
		return errors.New(f.message)
	}
	return nil
}

// checkService is Cloud Run's rule for service IDs, and ours for image names.
func checkService(s string) (string, *fault) {
	if slices.Contains(ReservedImages, s) {
		return "", wrong("Choose another name, such as "+s+"-app.", "cannot be %q: that is the name of an image of gcpdeploy's own", s)
	}
	if serviceForm.MatchString(s) {
		return s, nil
	}
	return "", wrong("Try "+serviceName(s)+".", "must start with a letter, hold only a-z, 0-9 and hyphens, not end in a hyphen, and be shorter than 50, not %q", s)
}

var notService = regexp.MustCompile(`[^a-z0-9]+`)

// serviceName makes a valid name of any text.
func serviceName(s string) string {
	s = strings.Trim(notService.ReplaceAllString(strings.ToLower(s), "-"), "-")
	if s == "" || slices.Contains(ReservedImages, s) {
		s = strings.TrimPrefix(s+"-app", "-")
	}
	if s[0] >= '0' && s[0] <= '9' {
		s = "app-" + s
	}
	return strings.TrimRight(s[:min(len(s), 49)], "-")
}

func checkRegion(s string) (string, *fault) {
	if m := zoneForm.FindStringSubmatch(s); m != nil {
		return "", wrong("Write "+m[1]+".", "must be a region, and %q is a zone", s)
	}
	return regionForm(s)
}

func checkPython(s string) (string, *fault) {
	if slices.Contains(python.Supported, s) {
		return s, nil
	}
	supported := python.Supported[0] + " to " + python.Supported[len(python.Supported)-1]
	if parts := strings.SplitN(s, ".", 3); len(parts) == 3 && slices.Contains(python.Supported, parts[0]+"."+parts[1]) {
		minor := parts[0] + "." + parts[1]
		return "", wrong("Write \""+minor+"\"; to pin the patch level set base_image, as in python:"+s+"-slim.", "must be a minor version, not %q", s)
	}
	return "", wrong("Supported are "+supported+".", "cannot be %q", s)
}

func checkIndexURL(s string) (string, *fault) {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http"):
		return "", &fault{message: "must be an http or https URL", private: true}
	case u.User != nil:
		return "", &fault{"Remove user and password from the URL, and give them as wheels.netrc_secret, wheels.credentials_command, PIP_INDEX_URL, or in a netrc file.", "must not hold credentials", true}
	}
	return s, nil
}

func checkMachine(s string) (string, *fault) {
	up := strings.ToUpper(strings.ReplaceAll(s, "-", "_"))
	if slices.Contains(machineTypes, up) {
		return up, nil
	}
	return "", wrong(suggest.Hint(up, machineTypes), "must be one of %s, not %q", strings.Join(machineTypes, ", "), s)
}

func checkBucket(s string) (string, *fault) {
	return bucketForm(strings.TrimSuffix(strings.TrimPrefix(s, "gs://"), "/"))
}

func checkTarget(s string) (string, *fault) {
	if s == "app-engine" {
		return "", wrong("Use cloud-run.", "app-engine is not supported yet")
	}
	if s != "cloud-run" {
		return "", wrong("Use cloud-run.", "must be cloud-run, not %q", s)
	}
	return s, nil
}

func checkEnvName(s string) (string, *fault) {
	if s == "PORT" || strings.HasPrefix(s, "K_") || strings.HasPrefix(s, "X_GOOGLE_") {
		return "", wrong("Choose another name; use run.port for the port.", "%s is set by Cloud Run and cannot be given", s)
	}
	return envForm(s)
}

// checkSecret never shows the value: it may be the secret itself.
func checkSecret(s string) (string, *fault) {
	if !secretForm.MatchString(s) {
		return "", &fault{"Name a secret of Secret Manager and its version, as in api-key:latest.", "must be SECRET:VERSION", true}
	}
	return s, nil
}

// checkNetrcSecret never shows the value: it may be the netrc text itself.
func checkNetrcSecret(s string) (string, *fault) {
	if !netrcSecretForm.MatchString(s) {
		return "", &fault{"Name a secret of Secret Manager, as in pip-netrc or pip-netrc:3.", "must be SECRET or SECRET:VERSION", true}
	}
	return s, nil
}

// checkFile accepts any path that is not empty.
func checkFile(s string) (string, *fault) {
	if s == "" || strings.ContainsRune(s, 0) {
		return "", wrong("", "must be the path of a file")
	}
	return s, nil
}

// checkAppFile accepts a path inside of the app directory or beside it.
func checkAppFile(s string) (string, *fault) {
	if strings.HasPrefix(s, "/") {
		return "", wrong("Write it relative to the app directory.", "cannot be an absolute path: %q", s)
	}
	if s == "" {
		return checkFile(s)
	}
	return checkFile(path.Clean(s))
}

// parseDuration reads seconds, or a number with unit.
func parseDuration(s string) (time.Duration, bool) {
	if n, err := strconv.Atoi(s); err == nil && n < 1<<31 {
		return time.Duration(n) * time.Second, true
	}
	d, err := time.ParseDuration(s)
	return d, err == nil
}
