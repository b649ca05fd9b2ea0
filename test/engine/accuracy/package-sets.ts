/** Packages that Dockerfiles often install and that both Debian 12 and 13 have under the same name. */

export const FIFTY_PACKAGES: readonly string[] = [
  ...'acl attr autoconf automake bind9-dnsutils bison bzip2 ca-certificates cmake cron curl file flex g++ gawk gettext'.split(
    ' ',
  ),
  ...'git gnupg htop iproute2 iputils-ping jq less libcurl4-openssl-dev libffi-dev libpq-dev libssl-dev libtool'.split(
    ' ',
  ),
  ...'libxml2-dev libxslt1-dev locales lsof make nano openssh-client patch pkg-config procps python3 rsync socat sudo'.split(
    ' ',
  ),
  ...'tar tmux tree unzip wget xz-utils zip zlib1g-dev'.split(' '),
];

export const TWO_HUNDRED_PACKAGES: readonly string[] = [
  ...FIFTY_PACKAGES,
  ...'apache2-utils apt-transport-https aria2 asciidoctor aspell bash-completion binutils bsdextrautils build-essential'.split(
    ' ',
  ),
  ...'ccache clang-format cloc colordiff cpio cppcheck dc debhelper default-mysql-client devscripts dialog diffstat'.split(
    ' ',
  ),
  ...'dos2unix dosfstools doxygen dpkg-dev ed elfutils entr ethtool expect fakeroot fd-find ffmpeg figlet fish'.split(
    ' ',
  ),
  ...'fontconfig fonts-dejavu-core fonts-liberation fping gdb gfortran ghostscript git-lfs gperf graphviz groff-base'.split(
    ' ',
  ),
  ...'gzip hdparm help2man hexedit bind9-host iftop imagemagick indent inotify-tools iotop iperf3 iptables ipset'.split(
    ' ',
  ),
  ...'isc-dhcp-client joe jpegoptim kmod lcov ldap-utils lftp libarchive-tools libbz2-dev libcairo2-dev libevent-dev'.split(
    ' ',
  ),
  ...'libfreetype-dev libgdbm-dev libgeos-dev libgit2-dev libgmp-dev libgtk-3-dev libicu-dev libjpeg-dev libkrb5-dev'.split(
    ' ',
  ),
  ...'libldap2-dev liblzma-dev libmagic-dev libmagickwand-dev libmariadb-dev libmemcached-dev libncurses-dev libonig-dev'.split(
    ' ',
  ),
  ...'libpango1.0-dev libpcap-dev libpng-dev libproj-dev libpulse-dev libreadline-dev librsvg2-bin libsasl2-dev'.split(
    ' ',
  ),
  ...'libsdl2-dev libsodium-dev libsqlite3-dev libtidy-dev libtiff-dev libusb-1.0-0-dev libuv1-dev libvips-dev'.split(
    ' ',
  ),
  ...'libwebp-dev libyaml-dev libzip-dev libzmq3-dev lua5.4 lynx lz4 lzip m4 mariadb-client mc memcached meson mtr-tiny'.split(
    ' ',
  ),
  ...'nasm ncdu net-tools netcat-openbsd nginx ninja-build nmap optipng p7zip-full pandoc parallel pigz pngquant'.split(
    ' ',
  ),
  ...'postgresql-client psmisc pv python3-dev python3-pip python3-venv redis-tools ripgrep ruby screen shellcheck'.split(
    ' ',
  ),
  ...'sqlite3 strace subversion supervisor swig tcl tcpdump telnet texinfo traceroute tzdata uuid-dev valgrind vim-tiny'.split(
    ' ',
  ),
  ...'whois xmlstarlet xxd yasm zsh zstd'.split(' '),
].slice(0, 200);
