/**
 * Which packages hold the shared libraries that programs built with a development package load at run time.
 * Debian: those of its `Depends` that carry its own version, or those of the development packages that it stands for; read from
 * `Packages` of the releases. Left of the bar bookworm, right of it trixie; `-`: not in that release; nothing: headers only.
 */
const debian = `
catch2:
default-libmysqlclient-dev: libmariadb3
freetds-dev: libct4 libsybdb5
libabsl-dev: libabsl20220623 | libabsl20240722
libacl1-dev: libacl1
libaio-dev: libaio1 | libaio1t64
libarchive-dev: libarchive13 | libarchive13t64
libargon2-dev: libargon2-1
libasio-dev:
libasound2-dev: libasound2 | libasound2t64
libattr1-dev: libattr1
libavcodec-dev: libavcodec59 | libavcodec61
libavformat-dev: libavformat59 | libavformat61
libavif-dev: libavif15 | libavif16
libavutil-dev: libavutil57 | libavutil59
libbenchmark-dev: libbenchmark1debian | libbenchmark1.9.1
libblas-dev: libblas3
libboost-all-dev: libboost-atomic1.74.0 libboost-chrono1.74.0 libboost-container1.74.0 libboost-context1.74.0 libboost-coroutine1.74.0 libboost-date-time1.74.0 libboost-fiber1.74.0 libboost-filesystem1.74.0 libboost-graph-parallel1.74.0 libboost-graph1.74.0 libboost-iostreams1.74.0 libboost-locale1.74.0 libboost-log1.74.0 libboost-math1.74.0 libboost-mpi-python1.74.0 libboost-mpi1.74.0 libboost-nowide1.74.0 libboost-numpy1.74.0 libboost-program-options1.74.0 libboost-python1.74.0 libboost-random1.74.0 libboost-regex1.74.0 libboost-serialization1.74.0 libboost-stacktrace1.74.0 libboost-system1.74.0 libboost-test1.74.0 libboost-thread1.74.0 libboost-timer1.74.0 libboost-type-erasure1.74.0 libboost-wave1.74.0 libc6 | libboost-atomic1.83.0 libboost-chrono1.83.0t64 libboost-container1.83.0 libboost-context1.83.0 libboost-coroutine1.83.0 libboost-date-time1.83.0 libboost-fiber1.83.0 libboost-filesystem1.83.0 libboost-graph-parallel1.83.0 libboost-graph1.83.0 libboost-iostreams1.83.0 libboost-json1.83.0 libboost-locale1.83.0 libboost-log1.83.0 libboost-math1.83.0 libboost-mpi-python1.83.0 libboost-mpi1.83.0 libboost-nowide1.83.0 libboost-numpy1.83.0 libboost-program-options1.83.0 libboost-python1.83.0 libboost-random1.83.0 libboost-regex1.83.0 libboost-serialization1.83.0 libboost-stacktrace1.83.0 libboost-system1.83.0 libboost-test1.83.0 libboost-thread1.83.0 libboost-timer1.83.0 libboost-type-erasure1.83.0 libboost-url1.83.0 libboost-wave1.83.0 libc6
libboost-atomic-dev: libboost-atomic1.74.0 | libboost-atomic1.83.0
libboost-chrono-dev: libboost-chrono1.74.0 | libboost-chrono1.83.0t64
libboost-context-dev: libboost-context1.74.0 | libboost-context1.83.0
libboost-coroutine-dev: libboost-coroutine1.74.0 | libboost-coroutine1.83.0
libboost-date-time-dev: libboost-date-time1.74.0 | libboost-date-time1.83.0
libboost-dev:
libboost-filesystem-dev: libboost-filesystem1.74.0 | libboost-filesystem1.83.0
libboost-iostreams-dev: libboost-iostreams1.74.0 | libboost-iostreams1.83.0
libboost-json-dev: - | libboost-json1.83.0
libboost-log-dev: libboost-log1.74.0 | libboost-log1.83.0
libboost-program-options-dev: libboost-program-options1.74.0 | libboost-program-options1.83.0
libboost-random-dev: libboost-random1.74.0 | libboost-random1.83.0
libboost-regex-dev: libboost-regex1.74.0 | libboost-regex1.83.0
libboost-serialization-dev: libboost-serialization1.74.0 | libboost-serialization1.83.0
libboost-system-dev: libboost-system1.74.0 | libboost-system1.83.0
libboost-test-dev: libboost-test1.74.0 | libboost-test1.83.0
libboost-thread-dev: libboost-thread1.74.0 | libboost-thread1.83.0
libboost-url-dev: - | libboost-url1.83.0
libbrotli-dev: libbrotli1
libbsd-dev: libbsd0
libbson-dev: libbson-1.0-0 | libbson-1.0-0t64
libbz2-dev: libbz2-1.0
libc-ares-dev: libc-ares2 | libcares2
libcairo2-dev: libcairo-gobject2 libcairo-script-interpreter2 libcairo2
libcap-dev: libcap2
libcap-ng-dev: libcap-ng0
libcjson-dev: libcjson1
libcli11-dev:
libcoap3-dev: libcoap3 | libcoap3t64
libcpprest-dev: libcpprest2.10
libcrypto++-dev: libcrypto++8 | libcrypto++8t64
libcurl4-gnutls-dev: libcurl3-gnutls | libcurl3t64-gnutls
libcurl4-openssl-dev: libcurl4 | libcurl4t64
libczmq-dev: libczmq4
libdb-dev: libdb5.3 | libdb5.3t64
libdbus-1-dev: libdbus-1-3
libdw-dev: libdw1 | libdw1t64
libedit-dev: libedit2
libeigen3-dev:
libelf-dev: libelf1 | libelf1t64
libenchant-2-dev: libenchant-2-2
libev-dev: libev4 | libev4t64
libevent-dev: libevent-2.1-7 libevent-core-2.1-7 libevent-extra-2.1-7 libevent-openssl-2.1-7 libevent-pthreads-2.1-7 | libevent-2.1-7t64 libevent-core-2.1-7t64 libevent-extra-2.1-7t64 libevent-openssl-2.1-7t64 libevent-pthreads-2.1-7t64
libexpat1-dev: libexpat1
libfcgi-dev: libfcgi0ldbl | libfcgi0t64
libffi-dev: libffi8
libfftw3-dev: libfftw3-double3 libfftw3-long3 libfftw3-quad3 libfftw3-single3
libfmt-dev: libfmt9 | libfmt10
libfontconfig-dev: libfontconfig1
libfontconfig1-dev: libfontconfig1
libfreetype-dev: libfreetype6
libfreetype6-dev: libfreetype6 | -
libfribidi-dev: libfribidi0
libfuse-dev: libfuse2 | libfuse2t64
libfuse3-dev: libfuse3-3 | libfuse3-4
libgcrypt20-dev: libgcrypt20
libgd-dev: libgd3
libgdal-dev: libgdal32 | libgdal36
libgdbm-dev: libgdbm6 | libgdbm6t64
libgeos-dev: libgeos-c1v5 | libgeos-c1t64
libgflags-dev: libgflags2.2
libgif-dev: libgif7
libgl1-mesa-dev: libgl1 libglvnd0
libglew-dev: libglew2.2
libglfw3-dev: libglfw3
libglib2.0-dev: libglib2.0-0 | libglib2.0-0t64
libglu1-mesa-dev: libglu1-mesa
libgmock-dev:
libgmp-dev: libgmp10 libgmpxx4ldbl
libgnutls28-dev: libgnutls-dane0 libgnutls-openssl27 libgnutls30 libgnutlsxx30 | libgnutls-dane0t64 libgnutls-openssl27t64 libgnutls30t64
libgoogle-glog-dev: libgoogle-glog0v6 | libgoogle-glog0v6t64
libgoogle-perftools-dev: libgoogle-perftools4 libtcmalloc-minimal4 | libgoogle-perftools4t64 libtcmalloc-minimal4t64
libgpiod-dev: libgpiod2 | libgpiod3
libgrpc++-dev: libgrpc++1.51 | libgrpc++1.51t64
libgrpc-dev: libgrpc29 | libgrpc29t64
libgsl-dev: libgsl27 libgslcblas0 | libgsl28 libgslcblas0
libgtest-dev:
libgtk-3-dev: libgtk-3-0 | libgtk-3-0t64
libharfbuzz-dev: libharfbuzz-gobject0 libharfbuzz-icu0 libharfbuzz-subset0 libharfbuzz0b | libharfbuzz-cairo0 libharfbuzz-gobject0 libharfbuzz-icu0 libharfbuzz-subset0 libharfbuzz0b
libhdf5-dev: libhdf5-103-1 libhdf5-cpp-103-1 libhdf5-fortran-102 libhdf5-hl-100 libhdf5-hl-cpp-100 libhdf5-hl-fortran-100 | libhdf5-310 libhdf5-cpp-310 libhdf5-fortran-310 libhdf5-hl-310 libhdf5-hl-cpp-310 libhdf5-hl-fortran-310
libhiredis-dev: libhiredis0.14 | libhiredis1.1.0
libicu-dev: libicu72 | libicu76
libidn2-dev: libidn2-0
libjansson-dev: libjansson4
libjemalloc-dev: libjemalloc2
libjpeg-dev: libjpeg62-turbo
libjpeg62-turbo-dev: libjpeg62-turbo
libjson-c-dev: libjson-c5
libjsoncpp-dev: libjsoncpp25 | libjsoncpp26
libkrb5-dev: libgssapi-krb5-2 libkrb5-3
liblapack-dev: liblapack3
libldap-dev: libldap-2.5-0 | libldap2
libldap2-dev: libldap-2.5-0 | libldap2
libleveldb-dev: libleveldb1d
liblmdb-dev: liblmdb0
liblua5.3-dev: liblua5.3-0
liblua5.4-dev: liblua5.4-0
libluajit-5.1-dev: libluajit-5.1-2
liblz4-dev: liblz4-1
liblzma-dev: liblzma5
libmagic-dev: libmagic1 | libmagic1t64
libmagickwand-dev: libmagickcore-6.q16-6-extra libmagickwand-6.q16-6 | libmagickcore-7.q16-10-extra libmagickwand-7.q16-10
libmariadb-dev: libmariadb3
libmbedtls-dev: libmbedcrypto7 libmbedtls14 libmbedx509-1 | libmbedcrypto16 libmbedtls21 libmbedx509-7
libmcrypt-dev: libmcrypt4
libmemcached-dev: libhashkit2 libmemcached11 libmemcachedutil2 | libhashkit2t64 libmemcached11t64 libmemcachedutil2t64
libmicrohttpd-dev: libmicrohttpd12 | libmicrohttpd12t64
libminizip-dev: libminizip1 | libminizip1t64
libmnl-dev: libmnl0
libmodbus-dev: libmodbus5
libmongoc-dev: libmongoc-1.0-0 | libmongoc-1.0-0t64
libmosquitto-dev: libmosquitto1
libmpfr-dev: libmpfr6
libncurses-dev: libncurses6 libncursesw6 libtinfo6
libncurses5-dev: libncurses6 libncursesw6 libtinfo6 | -
libncursesw5-dev: libncurses6 libncursesw6 libtinfo6 | -
libnetcdf-dev: libnetcdf19 | libnetcdf22
libnetfilter-queue-dev: libnetfilter-queue1
libnfnetlink-dev: libnfnetlink0
libnftnl-dev: libnftnl11
libnghttp2-dev: libnghttp2-14
libnl-3-dev: libnl-3-200
libnl-genl-3-dev: libnl-genl-3-200
libnuma-dev: libnuma1
libonig-dev: libonig5
libopenblas-dev: libopenblas0
libopencv-dev: libopencv-calib3d406 libopencv-contrib406 libopencv-core406 libopencv-dnn406 libopencv-features2d406 libopencv-flann406 libopencv-highgui406 libopencv-imgcodecs406 libopencv-imgproc406 libopencv-ml406 libopencv-objdetect406 libopencv-photo406 libopencv-shape406 libopencv-stitching406 libopencv-superres406 libopencv-video406 libopencv-videoio406 libopencv-videostab406 libopencv-viz406 | libopencv-calib3d410 libopencv-contrib410 libopencv-core410 libopencv-dnn410 libopencv-features2d410 libopencv-flann410 libopencv-highgui410 libopencv-imgcodecs410 libopencv-imgproc410 libopencv-ml410 libopencv-objdetect410 libopencv-photo410 libopencv-shape410 libopencv-stitching410 libopencv-superres410 libopencv-video410 libopencv-videoio410 libopencv-videostab410 libopencv-viz410
libpaho-mqtt-dev: libpaho-mqtt1.3
libpango1.0-dev: libpango-1.0-0 libpangocairo-1.0-0 libpangoft2-1.0-0 libpangoxft-1.0-0
libpcap-dev: libpcap0.8 | libpcap0.8t64
libpcre2-dev: libpcre2-16-0 libpcre2-32-0 libpcre2-8-0 libpcre2-posix3
libpcre3-dev: libpcre16-3 libpcre3 libpcre32-3 libpcrecpp0v5 | -
libpng-dev: libpng16-16 | libpng16-16t64
libpoco-dev: libpocoactiverecord80 libpococrypto80 libpocodata80 libpocodatamysql80 libpocodataodbc80 libpocodatapostgresql80 libpocodatasqlite80 libpocoencodings80 libpocofoundation80 libpocojson80 libpocojwt80 libpocomongodb80 libpoconet80 libpoconetssl80 libpocoredis80 libpocoutil80 libpocoxml80 libpocozip80 | libpocoactiverecord100 libpococrypto100 libpocodata100 libpocodatamysql100 libpocodataodbc100 libpocodatapostgresql100 libpocodatasqlite100 libpocoencodings100 libpocofoundation100 libpocojson100 libpocojwt100 libpocomongodb100 libpoconet100 libpoconetssl100 libpocoprometheus100 libpocoredis100 libpocoutil100 libpocoxml100 libpocozip100
libpq-dev: libpq5
libpqxx-dev: libpqxx-6.4 | libpqxx-7.10
libproj-dev: libproj25
libprotobuf-c-dev: libprotobuf-c1
libprotobuf-dev: libprotobuf-lite32 libprotobuf32 | libprotobuf-lite32t64 libprotobuf32t64
libpugixml-dev: libpugixml1v5
libpulse-dev: libpulse-mainloop-glib0 libpulse0
librabbitmq-dev: librabbitmq4
librdkafka-dev: librdkafka++1 librdkafka1
libre2-dev: libre2-9 | libre2-11
libreadline-dev: libreadline8 | libreadline8t64
librocksdb-dev: librocksdb7.8 | librocksdb9.10
libsasl2-dev: libsasl2-2
libsctp-dev: libsctp1
libsdl2-dev: libsdl2-2.0-0
libseccomp-dev: libseccomp2
libserialport-dev: libserialport0
libsnappy-dev: libsnappy1v5
libsndfile1-dev: libsndfile1
libsodium-dev: libsodium23
libspdlog-dev: libspdlog1.10 | libspdlog1.15
libsqlite3-dev: libsqlite3-0
libssh-dev: libssh-4
libssh2-1-dev: libssh2-1 | libssh2-1t64
libssl-dev: libssl3 | libssl3t64
libswscale-dev: libswscale6 | libswscale8
libsystemd-dev: libsystemd0
libtbb-dev: libtbb12
libtidy-dev: libtidy5deb1 | libtidy58
libtiff-dev: libtiff6 libtiffxx6
libtinyxml2-dev: libtinyxml2-9 | libtinyxml2-11
libudev-dev: libudev1
libunistring-dev: libunistring2 | libunistring5
libunwind-dev: libunwind8
liburing-dev: liburing2
libusb-1.0-0-dev: libusb-1.0-0
libuv1-dev: libuv1 | libuv1t64
libvips-dev: libvips42 | libvips42t64
libwebp-dev: libwebp7 libwebpdemux2 libwebpmux3 | libwebp7 libwebpdecoder3 libwebpdemux2 libwebpmux3
libwebsockets-dev: libwebsockets-evlib-ev libwebsockets-evlib-glib libwebsockets-evlib-uv libwebsockets17 | libwebsockets-evlib-ev libwebsockets-evlib-glib libwebsockets-evlib-uv libwebsockets19t64
libx11-dev: libx11-6
libxerces-c-dev: libxerces-c3.2 | libxerces-c3.2t64
libxml2-dev: libxml2
libxmlsec1-dev: libxmlsec1 libxmlsec1-gcrypt libxmlsec1-gnutls libxmlsec1-nss libxmlsec1-openssl | libxmlsec1t64 libxmlsec1t64-gcrypt libxmlsec1t64-gnutls libxmlsec1t64-nss libxmlsec1t64-openssl
libxpm-dev: libxpm4
libxslt1-dev: libxslt1.1
libyaml-cpp-dev: libyaml-cpp0.7 | libyaml-cpp0.8
libyaml-dev: libyaml-0-2
libzip-dev: libzip4 | libzip5
libzmq3-dev: libzmq5
libzstd-dev: libzstd1
nlohmann-json3-dev:
rapidjson-dev:
tcl-dev: libtcl8.6
tk-dev: libtcl8.6 libtk8.6
unixodbc-dev: libodbc2 libodbccr2 libodbcinst2
uuid-dev: libuuid1
zlib1g-dev: zlib1g
`;

/** What Ubuntu 22.04 (left) and 24.04 name otherwise than Debian bookworm does; the rest of what is named here is called the same. */
const ubuntu = `
libssl-dev: libssl3 | libssl3t64
libcurl4-openssl-dev: libcurl4 | libcurl4t64
libreadline-dev: libreadline8 | libreadline8t64
libuv1-dev: libuv1 | libuv1t64
libevent-dev: libevent-2.1-7 libevent-core-2.1-7 libevent-extra-2.1-7 libevent-openssl-2.1-7 libevent-pthreads-2.1-7 | libevent-2.1-7t64 libevent-core-2.1-7t64 libevent-extra-2.1-7t64 libevent-openssl-2.1-7t64 libevent-pthreads-2.1-7t64
libpng-dev: libpng16-16 | libpng16-16t64
libjpeg-dev: libjpeg-turbo8
default-libmysqlclient-dev: libmysqlclient21
libboost-dev:
libpq-dev: libpq5
zlib1g-dev: zlib1g
libsqlite3-dev: libsqlite3-0
libxml2-dev: libxml2
libncurses-dev: libncurses6 libncursesw6 libtinfo6
libyaml-dev: libyaml-0-2
libjansson-dev: libjansson4
libjson-c-dev: libjson-c5
libzmq3-dev: libzmq5
libpcre2-dev: libpcre2-8-0 libpcre2-16-0 libpcre2-32-0 libpcre2-posix3
libgmp-dev: libgmp10 libgmpxx4ldbl
libffi-dev: libffi8
libbz2-dev: libbz2-1.0
liblzma-dev: liblzma5
libzstd-dev: libzstd1
liblz4-dev: liblz4-1
libsnappy-dev: libsnappy1v5
libbrotli-dev: libbrotli1
libusb-1.0-0-dev: libusb-1.0-0
libudev-dev: libudev1
libsystemd-dev: libsystemd0
libexpat1-dev: libexpat1
libfreetype-dev: libfreetype6
uuid-dev: libuuid1
libgtest-dev:
libgmock-dev:
nlohmann-json3-dev:
libeigen3-dev:
rapidjson-dev:
libasio-dev:
libcli11-dev:
catch2:
`;

/** Alpine, where the names of libraries carry no version (`so:` dependencies of the development packages). */
const alpine = `
openssl-dev: libssl3 libcrypto3
postgresql-dev: libpq
libpq-dev: libpq
sqlite-dev: sqlite-libs
zlib-dev: zlib
libffi-dev: libffi
curl-dev: libcurl
libxml2-dev: libxml2
libxslt-dev: libxslt
jpeg-dev: libjpeg-turbo
libjpeg-turbo-dev: libjpeg-turbo
libpng-dev: libpng
freetype-dev: freetype
mariadb-dev: mariadb-connector-c
mariadb-connector-c-dev: mariadb-connector-c
ncurses-dev: ncurses-libs
readline-dev: readline
yaml-dev: yaml
gmp-dev: gmp
libsodium-dev: libsodium
libevent-dev: libevent
bzip2-dev: libbz2
xz-dev: xz-libs
zstd-dev: zstd-libs
musl-dev:
libc-dev:
linux-headers:
python3-dev: python3
`;

function rowsOf(table: string): ReadonlyMap<string, readonly (readonly string[] | undefined)[]> {
  const rows = table.trim().split('\n');
  return new Map(
    rows.map((row) => {
      const colon = row.indexOf(':');
      const columns = row.slice(colon + 1).split('|');
      return [
        row.slice(0, colon),
        columns.map((column) => (column.trim() === '-' ? undefined : column.trim().split(' ').filter(Boolean))),
      ];
    }),
  );
}

const tables = { debian: rowsOf(debian), ubuntu: rowsOf(ubuntu), alpine: rowsOf(alpine) };

/**
 * Packages with the libraries that a development package links programs to, none for headers only; undefined when that is not known
 * for the release. `supposed`: the release is not known for certain.
 */
export function runtimeLibraries(
  development: string,
  system: {
    readonly distribution?: string;
    readonly codename?: string;
    readonly version?: string;
    readonly supposed?: true;
  },
): readonly string[] | undefined {
  const release = system.codename ?? system.version;
  // Where the release is only supposed, names that two releases share are most likely those of a third.
  if (system.supposed === true && system.distribution === 'debian') {
    const columns = tables.debian.get(development);
    return columns?.length === 1 ? columns[0] : undefined;
  }
  switch (system.distribution) {
    case 'debian':
      return release === 'bookworm' || release === 'trixie'
        ? column(tables.debian.get(development), release === 'trixie')
        : undefined;
    case 'ubuntu':
      return release === 'jammy' || release === 'noble'
        ? column(tables.ubuntu.get(development), release === 'noble')
        : undefined;
    case 'alpine':
      return tables.alpine.get(development)?.[0];
    default:
      return undefined;
  }
}

function column(
  columns: readonly (readonly string[] | undefined)[] | undefined,
  second: boolean,
): readonly string[] | undefined {
  return second && columns !== undefined && columns.length > 1 ? columns[1] : columns?.[0];
}
