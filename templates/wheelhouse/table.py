"""Which Debian packages Python packages need, where no file of theirs says so. Data, and nothing else.

Names of Python packages are normalised (PEP 503). A word of a Debian column may be `a|b`: the first that the base
image's apt knows, so that one table serves Debian 12 and 13 and Ubuntu; a word that apt does not know at all is left
out. Checked with apt-cache on Debian 12 and 13, November 2026.
"""

RUST = "cargo-web|cargo rustc-web|rustc"  # -web: what Debian's browsers are built with, newer than the release's own
BLAS = "gfortran libopenblas-dev pkg-config"
IMAGES = "libjpeg-dev zlib1g-dev libfreetype-dev liblcms2-dev libtiff-dev libwebp-dev libopenjp2-7-dev pkg-config"
MYSQL = "default-libmysqlclient-dev pkg-config"
GEO = "libgdal-dev"
GOBJECT = "libgirepository1.0-dev libgirepository-2.0-dev libcairo2-dev pkg-config"
XMLSEC = "libxmlsec1-dev libxml2-dev pkg-config"

# What building from source needs, build-essential and Python's headers apart. A published wheel needs none of it.
BUILD = {
    # numbers
    "numpy": BLAS, "scipy": BLAS, "scikit-umfpack": BLAS + " libsuitesparse-dev swig", "cvxopt": BLAS + " libsuitesparse-dev",
    "scs": BLAS, "dlib": "cmake libopenblas-dev", "gmpy2": "libgmp-dev libmpfr-dev libmpc-dev", "pyfftw": "libfftw3-dev",
    "h5py": "libhdf5-dev pkg-config", "tables": "libhdf5-dev libbz2-dev liblzo2-dev pkg-config",
    "netcdf4": "libnetcdf-dev libhdf5-dev pkg-config", "igraph": "cmake flex bison libxml2-dev",
    "lightgbm": "cmake", "xgboost": "cmake", "sentencepiece": "cmake pkg-config", "matplotlib": "libfreetype-dev pkg-config",
    # databases
    "psycopg2": "libpq-dev", "psycopg2-binary": "libpq-dev", "psycopg-c": "libpq-dev", "pygresql": "libpq-dev",
    "mysqlclient": MYSQL, "mariadb": "libmariadb-dev", "pymssql": "freetds-dev libssl-dev libkrb5-dev",
    "pyodbc": "unixodbc-dev", "turbodbc": "unixodbc-dev libboost-dev", "pysqlite3": "libsqlite3-dev",
    "sqlcipher3": "libsqlcipher-dev", "pysqlcipher3": "libsqlcipher-dev", "plyvel": "libleveldb-dev",
    "python-rocksdb": "librocksdb-dev", "pylibmc": "libmemcached-dev zlib1g-dev", "bsddb3": "libdb-dev", "berkeleydb": "libdb-dev",
    # XML, text and files
    "lxml": "libxml2-dev libxslt1-dev zlib1g-dev", "html5-parser": "libxml2-dev pkg-config", "xmlsec": XMLSEC,
    "pyyaml": "libyaml-dev", "pyicu": "libicu-dev pkg-config", "google-re2": "libre2-dev", "hunspell": "libhunspell-dev",
    "cyhunspell": "libhunspell-dev", "pdftotext": "libpoppler-cpp-dev pkg-config", "pikepdf": "libqpdf-dev",
    "tesserocr": "libtesseract-dev libleptonica-dev pkg-config", "ssdeep": "libfuzzy-dev libffi-dev", "fugashi": "libmecab-dev",
    "mecab-python3": "libmecab-dev swig", "gcld3": "protobuf-compiler libprotobuf-dev",
    # images, sound and devices
    "pillow": IMAGES, "pillow-simd": IMAGES, "reportlab": "libfreetype-dev", "pycairo": "libcairo2-dev pkg-config",
    "pygobject": GOBJECT, "pyheif": "libheif-dev libffi-dev", "pillow-heif": "libheif-dev", "pygraphviz": "libgraphviz-dev pkg-config",
    "av": "libavformat-dev libavdevice-dev libavfilter-dev pkg-config", "pyaudio": "portaudio19-dev",
    "pyalsaaudio": "libasound2-dev", "simpleaudio": "libasound2-dev", "opuslib": "libopus-dev",
    "pyvips": "libvips-dev pkg-config", "hidapi": "libusb-1.0-0-dev libudev-dev", "pyscard": "libpcsclite-dev swig pkg-config",
    "pycups": "libcups2-dev", "dbus-python": "libdbus-1-dev libglib2.0-dev pkg-config", "evdev": "linux-libc-dev",
    # geography and biology
    "shapely": "libgeos-dev", "pyproj": "libproj-dev proj-bin", "cartopy": "libgeos-dev libproj-dev", "fiona": GEO, "rasterio": GEO,
    "gdal": GEO, "rtree": "libspatialindex-dev", "osmium": "cmake libboost-dev libexpat1-dev zlib1g-dev libbz2-dev",
    "pysam": "zlib1g-dev libbz2-dev liblzma-dev libcurl4-openssl-dev", "eccodes": "libeccodes-dev", "pygrib": "libeccodes-dev",
    # network and security
    "pycurl": "libcurl4-openssl-dev libssl-dev", "python-ldap": "libldap-dev|libldap2-dev libsasl2-dev", "gssapi": "libkrb5-dev",
    "kerberos": "libkrb5-dev", "pykerberos": "libkrb5-dev", "krb5": "libkrb5-dev", "m2crypto": "libssl-dev swig",
    "scrypt": "libssl-dev", "secp256k1": "libsecp256k1-dev libffi-dev pkg-config", "gpg": "libgpgme-dev swig",
    "easysnmp": "libsnmp-dev", "pcapy": "libpcap-dev", "pcapy-ng": "libpcap-dev", "libvirt-python": "libvirt-dev pkg-config",
    "confluent-kafka": "librdkafka-dev", "pyzmq": "libzmq3-dev pkg-config", "python-snappy": "libsnappy-dev",
    "uwsgi": "libpcre2-dev libssl-dev zlib1g-dev", "mod-wsgi": "apache2-dev", "systemd-python": "libsystemd-dev pkg-config",
    "python-prctl": "libcap-dev", "jpype1": "default-jdk-headless", "cffi": "libffi-dev pkg-config", "maxminddb": "libmaxminddb-dev",
    "cassandra-driver": "libev-dev",
    # programs that make code
    "omegaconf": "default-jre-headless", "hydra-core": "default-jre-headless",
    # Rust
    "cryptography": "libssl-dev libffi-dev pkg-config " + RUST, "bcrypt": "libffi-dev " + RUST, "orjson": RUST, "pydantic-core": RUST,
    "rpds-py": RUST, "jiter": RUST, "tiktoken": RUST, "tokenizers": "libssl-dev pkg-config " + RUST, "safetensors": RUST,
    "nh3": RUST, "watchfiles": RUST, "uuid-utils": RUST, "y-py": RUST, "css-inline": RUST, "fastuuid": RUST, "pendulum": RUST,
    "hf-xet": "libssl-dev pkg-config " + RUST, "cramjam": RUST, "rfc3161-client": "libssl-dev pkg-config " + RUST,
}

# Bindings whose versions are those of the library that their headers are of, or older ones.
FOLLOWS = {"gdal": "libgdal-dev"}

GL = "libgl1 libglib2.0-0t64|libglib2.0-0"
MAGIC = "libmagic1t64|libmagic1"

# What runs only with a library that it opens by name, or a program. Libraries that are linked stand in ELF files,
# and are not repeated here.
RUN = {
    "python-magic": MAGIC, "file-magic": MAGIC, "psycopg": "libpq5", "wand": "libmagickwand-6.q16-6|libmagickwand-7.q16-10",
    "weasyprint": "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0", "cairocffi": "libcairo2", "pangocairocffi": "libpangocairo-1.0-0",
    "pangocffi": "libpango-1.0-0", "pyzbar": "libzbar0t64|libzbar0", "pylibdmtx": "libdmtx0t64|libdmtx0b", "pyenchant": "libenchant-2-2",
    "pyvips": "libvips42t64|libvips42", "pytidylib": "libtidy58|libtidy5deb1", "libarchive-c": "libarchive13t64|libarchive13",
    "sounddevice": "libportaudio2", "opuslib": "libopus0", "python-xmp-toolkit": "libexempi8", "pyusb": "libusb-1.0-0",
    "libusb1": "libusb-1.0-0", "fusepy": "libfuse2t64|libfuse2", "eccodes": "libeccodes0", "pyttsx3": "espeak-ng",
    "opencv-python": GL, "opencv-contrib-python": GL, "lightgbm": "libgomp1", "vtk": "libgl1 libxrender1",
    "open3d": "libgl1 libgomp1 libx11-6", "imgui-bundle": "libgl1",
    # programs
    "pdf2image": "poppler-utils", "pydub": "ffmpeg", "ffmpeg-python": "ffmpeg", "openai-whisper": "ffmpeg", "pytesseract": "tesseract-ocr",
    "tesserocr": "tesseract-ocr-eng", "ocrmypdf": "tesseract-ocr ghostscript", "ghostscript": "ghostscript", "camelot-py": "ghostscript",
    "graphviz": "graphviz", "pydot": "graphviz", "pygraphviz": "graphviz", "pdfkit": "wkhtmltopdf", "imgkit": "wkhtmltopdf",
    "pypandoc": "pandoc", "pyexiftool": "libimage-exiftool-perl", "python-gnupg": "gnupg", "pysaml2": "xmlsec1", "mod-wsgi": "apache2",
    "tabula-py": "default-jre-headless", "pyspark": "default-jre-headless", "jpype1": "default-jre-headless", "konlpy": "default-jre-headless",
}

# Published wheels of these bring the library along; one that was built here opens the system's.
RUN_BUILT = {"soundfile": "libsndfile1", "rtree": "libspatialindex8|libspatialindex6", "pymediainfo": "libmediainfo0v5"}

# The entry in RUN is not needed beside one of these packages, which brings the same.
BROUGHT_BY = {"psycopg": "psycopg-binary psycopg-c", "pyvips": "pyvips-binary", "eccodes": "eccodeslib"}

# The package of a library that an import may miss, for advice. The names are Debian 12's; later ones provide them too.
LIBRARIES = {
    "libGL.so.1": "libgl1", "libEGL.so.1": "libegl1", "libGLU.so.1": "libglu1-mesa", "libX11.so.6": "libx11-6", "libXext.so.6": "libxext6",
    "libXrender.so.1": "libxrender1", "libSM.so.6": "libsm6", "libICE.so.6": "libice6", "libxcb.so.1": "libxcb1",
    "libglib-2.0.so.0": "libglib2.0-0", "libgthread-2.0.so.0": "libglib2.0-0", "libgobject-2.0.so.0": "libglib2.0-0",
    "libgomp.so.1": "libgomp1", "libgfortran.so.5": "libgfortran5", "libopenblas.so.0": "libopenblas0", "libblas.so.3": "libblas3",
    "liblapack.so.3": "liblapack3", "libpq.so.5": "libpq5", "libmariadb.so.3": "libmariadb3", "libodbc.so.2": "libodbc2",
    "libsybdb.so.5": "libsybdb5", "libldap-2.5.so.0": "libldap-2.5-0", "libsasl2.so.2": "libsasl2-2", "libmemcached.so.11": "libmemcached11",
    "libxml2.so.2": "libxml2", "libxslt.so.1": "libxslt1.1", "libexslt.so.0": "libxslt1.1", "libxmlsec1.so.1": "libxmlsec1",
    "libyaml-0.so.2": "libyaml-0-2", "libjpeg.so.62": "libjpeg62-turbo", "libpng16.so.16": "libpng16-16", "libtiff.so.6": "libtiff6",
    "libwebp.so.7": "libwebp7", "libopenjp2.so.7": "libopenjp2-7", "liblcms2.so.2": "liblcms2-2", "libfreetype.so.6": "libfreetype6",
    "libfontconfig.so.1": "libfontconfig1", "libcairo.so.2": "libcairo2", "libpango-1.0.so.0": "libpango-1.0-0", "libmagic.so.1": "libmagic1",
    "libsndfile.so.1": "libsndfile1", "libportaudio.so.2": "libportaudio2", "libasound.so.2": "libasound2", "libcurl.so.4": "libcurl4",
    "libcurl-gnutls.so.4": "libcurl3-gnutls", "libssl.so.3": "libssl3", "libcrypto.so.3": "libssl3", "libffi.so.8": "libffi8",
    "libz.so.1": "zlib1g", "libbz2.so.1.0": "libbz2-1.0", "liblzma.so.5": "liblzma5", "libsqlite3.so.0": "libsqlite3-0",
    "libexpat.so.1": "libexpat1", "libgmp.so.10": "libgmp10", "libmpfr.so.6": "libmpfr6", "libmpc.so.3": "libmpc3",
    "libnss3.so": "libnss3", "libnspr4.so": "libnspr4", "libusb-1.0.so.0": "libusb-1.0-0", "libstdc++.so.6": "libstdc++6",
    "libkrb5.so.3": "libkrb5-3", "libgssapi_krb5.so.2": "libgssapi-krb5-2", "libaio.so.1": "libaio1", "libdbus-1.so.3": "libdbus-1-3",
}
