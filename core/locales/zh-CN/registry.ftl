# 登记链的命令行。
registry-failed = 未能完成：{ $reason }
registry-keys-in-clear = 密钥以明文保存，仅您本人可读。如需加密保存，请提供口令。
registry-few-validators = { $n ->
   *[other] 本网络有 { $n } 个验证节点，不能容忍任何故障；四个节点可容忍一个故障。只有一个节点时，丢失其数据即须另建新网络。
}
registry-runs = 登记链服务地址：{ $url }。按 Ctrl-C 停止。
registry-stops = 登记链正在停止。
registry-done = 已在高度 { $height } 最终确认。
registry-absent = 不存在 { $key }：已得到证明。
registry-verified = { $n ->
   *[other] 已验证，高度 { $height }，{ $age } 秒前，共 { $n } 个运营方，签名达到法定数。
}
registry-help-yufu-registry = 签发机构、密钥、授权与状态列表的登记链
registry-help-init-network = 创建网络：生成全部密钥、创世文件及各验证节点的配置
registry-help-node = 运行验证节点，并通过 HTTP 提供登记服务
registry-help-accredit = 授权机构签发某类凭证
registry-help-suspend-accreditation = 暂停授权，立即生效
registry-help-reinstate-accreditation = 恢复授权，待网络规定的等待期满后生效
registry-help-withdraw-accreditation = 撤销授权，不可恢复
registry-help-show = 验证证明后显示一条记录，或证明其不存在
registry-help-checkpoint = 验证证书后显示最新的区块头
registry-help-help = 显示本说明或某个命令的说明
registry-argument-lang = 消息语言：en 或 zh-CN
registry-argument-help = 显示说明
registry-argument-version = 显示版本
registry-argument-validators = 验证节点数量
registry-argument-name = 网络短名，用于其 DID：a–z、0–9 和 -，最多 16 个字符
registry-argument-out = 要创建并写入的文件夹；须不存在或为空
registry-argument-demo = 演示规则：时段 5 秒，每 10 秒发布一次，无等待期
registry-argument-slot-ms = 锚定时段长度（毫秒）
registry-argument-publication-ms = 签发机构发布各状态列表的间隔（毫秒）
registry-argument-timelock-ms = 新增密钥与恢复授权的等待期（毫秒）
registry-argument-status-age-limit-ms = 核验时默认接受的最旧状态（毫秒）
registry-argument-http-port = 第一个验证节点的 HTTP 端口，其余依次递增
registry-argument-p2p-port = 第一个验证节点供其他节点连接的端口，其余依次递增
registry-argument-passphrase-file = 密钥文件口令所在的文件；未指定时使用环境变量 YUFU_PASSPHRASE（如已设置）
registry-argument-log-format = 标准错误输出的日志格式：text 供人阅读，json 供程序读取
registry-argument-config = 验证节点的配置（TOML）
registry-argument-registry = 登记服务的地址
registry-argument-network-key = 网络公钥，或含有它的文件
registry-argument-key = 主管机构的控制密钥
registry-argument-did = 主管机构的 DID；未指定时读取密钥旁的文件“did”
registry-argument-issuer = 签发机构的 DID
registry-argument-vct = 凭证类型
registry-argument-name-zh = 机构的中文法定名称
registry-argument-name-en = 机构的英文法定名称
registry-argument-valid-days = 自今日起的有效天数
registry-argument-max-open-lists = 机构可同时开放的状态列表数量
registry-argument-latest = 读取最新的已认证区块头，而非最新的锚定区块头
registry-argument-record = 记录的键，例如 gov/policy、did/<机构> 或 grant/<机构>/<类型>/<列表>，其中类型须百分号编码
registry-proposals = { $n ->
    [0] 尚无提案。
   *[other] 共有 { $n } 项提案，显示最近 50 项。
}
registry-help-propose = 提出一项治理提案，并对其投赞成票
registry-help-suspend = 暂停授权
registry-help-reinstate = 恢复授权，待网络规定的等待期满后生效
registry-help-withdraw = 撤销授权，不可恢复
registry-help-recover = 为密钥遗失的 DID 更换密钥，须经等待期；期间其备用密钥可以否决
registry-help-policy = 修改网络规则，待等待期满后生效
registry-help-vote = 对提案投票；达到法定数的一票即执行提案，或使其进入等待期
registry-help-execute = 执行已通过且等待期已满的提案
registry-help-veto = 用 DID 的备用密钥否决对该 DID 的恢复
registry-help-proposals = 验证每项证明后列出提案
registry-argument-authorities = 治理该网络的主管机关数量
registry-argument-quorum = 一项治理行为所需的主管机关数量；未指定时为过半数
registry-argument-days = 提案开放的天数
registry-argument-proposal = 提案编号
registry-argument-against = 投反对票
registry-argument-control-key = 新控制密钥的公钥文件（JWK）
registry-argument-next-key = 唯一可替换它的密钥的公钥文件（JWK）
registry-argument-add-authority = 新增主管机关的 DID
registry-argument-remove-authority = 不再担任主管机关者的 DID
registry-help-evidence = 核验一份声称网络出现两份历史的证据文件
registry-argument-file = 窗口或手机保存的证据文件
registry-evidence-holds = 证据属实：验证者签署了两份互相矛盾的历史。两份都不可采信，请查明谁两份都签了。
registry-argument-rules = 网络起始采用的规则版本；缺省为最新
registry-argument-next-rules = 自 --from-height 起采用的下一规则版本
registry-argument-from-height = 开始采用下一规则版本的高度：请留足升级全部验证者的时间
registry-help-trial = 在本机检验一个网络：真实进程、负载，并不加预警地杀死进程
registry-argument-seconds = 负载持续秒数
registry-argument-kill-every = 每隔若干秒杀死一个节点
registry-argument-dir = 为该网络新建的目录；缺省时使用临时目录，一切正常则删除
registry-argument-seed = 决定杀死哪些节点
registry-trial-broken = 有承诺未能兑现。节点的数据和日志在 { $dir }。
registry-trial-kept = 所有承诺均已兑现。
