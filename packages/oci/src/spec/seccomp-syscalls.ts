/**
 * System calls by what they are for. Names of every architecture stand together: one that an architecture does not have
 * is passed over by the OCI runtimes.
 */
const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** What programs may do in any container. The kernel still asks for capabilities where it has them to ask for. */
export const ordinarySyscalls = {
  files: words(`
    access chdir chmod chown chown32 close close_range copy_file_range creat dup dup2 dup3 faccessat faccessat2 fadvise64
    fadvise64_64 fallocate fchdir fchmod fchmodat fchmodat2 fchown fchown32 fchownat fcntl fcntl64 fdatasync flock fstat
    fstat64 fstatat64 fstatfs fstatfs64 fsync ftruncate ftruncate64 futimesat getcwd getdents getdents64 ioctl lchown
    lchown32 link linkat _llseek lseek lstat lstat64 memfd_create mkdir mkdirat mknod mknodat name_to_handle_at newfstatat
    open openat openat2 pipe pipe2 readahead readlink readlinkat rename renameat renameat2 rmdir stat stat64 statfs
    statfs64 statx symlink symlinkat sync sync_file_range sync_file_range2 syncfs truncate truncate64 umask unlink
    unlinkat utime utimensat utimensat_time64 utimes`),
  attributes: words(`
    fgetxattr flistxattr fremovexattr fsetxattr getxattr getxattrat lgetxattr listxattr listxattrat llistxattr
    lremovexattr lsetxattr removexattr removexattrat setxattr setxattrat`),
  mountsToLookAt: words('listmount statmount'),
  transfer: words(`
    cachestat io_cancel io_destroy io_getevents io_pgetevents io_pgetevents_time64 io_setup io_submit pread64 preadv preadv2
    pwrite64 pwritev pwritev2 read readv sendfile sendfile64 splice tee vmsplice write writev`),
  waiting: words(`
    epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd eventfd2 fanotify_mark
    inotify_add_watch inotify_init inotify_init1 inotify_rm_watch _newselect poll ppoll ppoll_time64 pselect6
    pselect6_time64 select signalfd signalfd4 timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime
    timerfd_settime64`),
  memory: words(`
    brk madvise map_shadow_stack membarrier memfd_secret mincore mlock mlock2 mlockall mmap mmap2 mprotect
    mremap mseal msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect remap_file_pages`),
  processes: words(`
    execve execveat exit exit_group fork getpgid getpgrp getpid getppid getpriority getrusage getsid gettid
    ioprio_get ioprio_set kill pidfd_open pidfd_send_signal prctl prlimit64 ptrace process_mrelease process_vm_readv
    process_vm_writev setpgid setpriority setsid tgkill tkill vfork wait4 waitid waitpid getrlimit setrlimit ugetrlimit
    getcpu`),
  scheduling: words(`
    sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler
    sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity sched_setattr sched_setparam sched_setscheduler
    sched_yield`),
  threads: words(`
    arch_prctl futex futex_requeue futex_time64 futex_wait futex_waitv futex_wake get_robust_list get_thread_area rseq
    set_robust_list set_thread_area set_tid_address riscv_flush_icache riscv_hwprobe uretprobe modify_ldt
    arm_fadvise64_64 arm_sync_file_range breakpoint cacheflush set_tls`),
  signals: words(`
    alarm getitimer pause restart_syscall rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn
    rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo setitimer sigaction sigaltstack signal
    sigpending sigprocmask sigreturn sigsuspend`),
  users: words(`
    capget capset getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 getresgid getresgid32 getresuid
    getresuid32 getuid getuid32 setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups setgroups32 setregid
    setregid32 setresgid setresgid32 setresuid setresuid32 setreuid setreuid32 setuid setuid32`),
  network: words(`
    accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg recvmmsg_time64 recvmsg
    send sendmmsg sendmsg sendto setsockopt shutdown socketcall socketpair`),
  messages: words(`
    ipc mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink
    msgctl msgget msgrcv msgsnd semctl semget semop semtimedop semtimedop_time64 shmat shmctl shmdt shmget`),
  time: words(`
    adjtimex clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64 clock_nanosleep
    clock_nanosleep_time64 gettimeofday nanosleep time timer_create timer_delete timer_getoverrun timer_gettime
    timer_gettime64 timer_settime timer_settime64 times`),
  theSystem: words('getrandom sysinfo uname'),
  /** A process may only bind itself further with these. */
  sandboxes: words('landlock_add_rule landlock_create_ruleset landlock_restrict_self seccomp'),
} as const;

/** What a capability opens; where there are several, any of them does. */
export const syscallsByCapability = {
  CAP_BPF: words('bpf'),
  CAP_DAC_READ_SEARCH: words('open_by_handle_at'),
  CAP_PERFMON: words('perf_event_open'),
  CAP_SYS_ADMIN: words(`
    bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie lsm_get_self_attr
    lsm_list_modules lsm_set_self_attr mount mount_setattr move_mount open_tree open_tree_attr perf_event_open pivot_root
    quotactl quotactl_fd setdomainname sethostname setns syslog umount umount2 unshare`),
  CAP_SYS_BOOT: words('reboot'),
  CAP_SYS_CHROOT: words('chroot'),
  CAP_SYS_MODULE: words('delete_module finit_module init_module'),
  CAP_SYS_NICE: words('get_mempolicy mbind migrate_pages move_pages set_mempolicy set_mempolicy_home_node'),
  CAP_SYS_PACCT: words('acct'),
  CAP_SYS_PTRACE: words('kcmp pidfd_getfd process_madvise'),
  CAP_SYS_RAWIO: words('ioperm iopl'),
  CAP_SYS_TIME: words('clock_settime clock_settime64 settimeofday stime'),
  CAP_SYS_TTY_CONFIG: words('vhangup'),
  CAP_SYSLOG: words('syslog'),
} as const;

/**
 * What nothing opens but another profile: keys have no namespace of their own, a page fault that a program answers
 * itself is the usual help in attacking the kernel, and the rest acts on the host as a whole or is long out of use.
 */
export const closedSyscalls = words(`
  add_key bdflush create_module get_kernel_syms kexec_file_load kexec_load keyctl nfsservctl query_module request_key
  swapoff swapon _sysctl sysfs uselib userfaultfd ustat vm86 vm86old`);
