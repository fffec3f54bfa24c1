package detect

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/appfile"
)

// ImagePackages are packages of the system that the app's Dockerfile installs.
type ImagePackages struct {
	Build, Runtime []string // nil where there is no such file
	From           string
	Notes          []string
}

// provided are packages that the build brings by itself where something needs
// them, and tools for people, or for making an image, that no app needs.
var provided = strings.Fields(`
	build-essential gcc g++ clang make cmake pkg-config pkgconf ninja-build python3 python3-dev python-dev python3-pip python3-venv python3-setuptools
	python-is-python3 libpython3-dev cargo rustc git curl wget gnupg gnupg2 gpg dirmngr ca-certificates apt-transport-https apt-utils lsb-release
	software-properties-common debian-archive-keyring sudo vim vim-tiny nano less htop procps net-tools iputils-ping netcat netcat-openbsd
	netcat-traditional telnet dnsutils openssh-client bash bash-completion tini dumb-init gosu cron supervisor nginx nodejs npm yarn unzip zip xz-utils
	bzip2 dos2unix locales tzdata tree jq rsync`)

// lasting are names with a number that Debian has kept, or still provides.
var lasting = strings.Fields(`
	libpq5 libgl1 libegl1 libglib2.0-0 libgomp1 libsm6 libxext6 libxrender1 libx11-6 libice6 libxcb1 libmagic1 libsndfile1 libcairo2
	libpango-1.0-0 libpangocairo-1.0-0 libpangoft2-1.0-0 libgdk-pixbuf-2.0-0 libxml2 libxslt1.1 libjpeg62-turbo zlib1g libfreetype6 libopenblas0
	libgfortran5 libzbar0 libportaudio2 libasound2 libfontconfig1 libmariadb3 libenchant-2-2 libharfbuzz0b libffi8 libodbc2 libnss3
	libstdc++6 libgthread-2.0-0 wkhtmltopdf imagemagick gettext fonts-liberation2 p7zip-full x264 xmlsec1 libxmlsec1 libsqlite3-0 libusb-1.0-0 libopus0`)

var number = regexp.MustCompile(`[0-9]`)

// DockerfilePackages gives the packages that apt-get installs in the app's
// Dockerfile: those for developing only for building. What the base image may
// have by another name is a note.
func DockerfilePackages(fsys fs.FS) (p ImagePackages) {
	image, file, ok := dockerfile(fsys)
	if !ok {
		return p
	}
	var open []string
	line := 0
	for _, in := range image.Installs {
		developing := strings.HasSuffix(in.Package, "-dev") || in.Package == "gfortran" || in.Package == "swig"
		switch {
		case slices.Contains(provided, in.Package), in.Early && !developing:
			continue
		case image.Python() == "", number.MatchString(in.Package) && !developing && !slices.Contains(lasting, in.Package):
			open = append(open, in.Package)
			line = max(line, in.Line)
			continue
		case developing:
			p.Build = append(p.Build, in.Package)
		default:
			p.Build = append(p.Build, in.Package)
			p.Runtime = append(p.Runtime, in.Package)
		}
		if p.From == "" {
			p.From = appfile.Ref(file, in.Line)
		}
	}
	if len(open) > 0 {
		p.Notes = []string{appfile.Ref(file, line) + " installs " + strings.Join(open, ", ") +
			", which the base image may have by other names: write them under system_packages if the app needs them"}
	}
	return p
}
