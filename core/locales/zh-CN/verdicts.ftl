# 每种结论：大字标题、可读给当事人听的一句话、办事人员的下一步。
# 核验未通过，不是对人的判断。

verdict-exception-route = 核验未通过不等于拒绝服务。如当事人确有需要，请按本单位“无码办理”流程：查验纸质或卡式证件，或请示主管。

verdict-valid-title = 有效
verdict-valid-sentence = 证件真实，属于这部手机，今天有效。
verdict-valid-next = 如显示照片，请核对本人面容，然后办理。

verdict-expired-title = 已过期
verdict-expired-sentence = 证件是真的，但有效期已过。
verdict-expired-next = 请当事人在钱包中向签发机关重新领取，再出示新码。

verdict-not-yet-valid-title = 尚未生效
verdict-not-yet-valid-sentence = 证件是真的，但有效期还没有开始。
verdict-not-yet-valid-next = 请告知何时生效。若觉得不对，请检查本机日期。

verdict-revoked-title = 已吊销
verdict-revoked-sentence = 签发机关已永久收回这张证件。
verdict-revoked-next = 不可采信。请当事人联系签发机关了解原因并重新办理。

verdict-suspended-title = 已暂停
verdict-suspended-sentence = 签发机关已暂停这张证件的效力。
verdict-suspended-next = 今天不可采信。请当事人联系签发机关，可申请恢复。

verdict-unknown-issuer-title = 签发者未登记
verdict-unknown-issuer-sentence = 登记簿证明：没有以此名义登记的机关。
verdict-unknown-issuer-next = 不可采信。请记下所示签发者并报告主管。

verdict-issuer-not-accredited-title = 签发者无此资质
verdict-issuer-not-accredited-sentence = 该机关已登记，但未获授权签发这类证件。
verdict-issuer-not-accredited-next = 不可采信。请出示由主管机关签发的证件。

verdict-key-not-valid-at-signing-title = 签名密钥无效
verdict-key-not-valid-at-signing-sentence = 签名所用密钥当时无权签发此证，或已报失窃。
verdict-key-not-valid-at-signing-next = 不可采信。请当事人在钱包中重新领取，约一分钟即可。

verdict-tampered-title = 内容被改动
verdict-tampered-sentence = 内容与签发机关的签名不符：签名之后有人改过。
verdict-tampered-next = 不可采信。请出示新码；若再次出现，请报告主管。

verdict-holder-not-proven-title = 未证明持有人
verdict-holder-not-proven-sentence = 这部手机没有证明它持有该证件绑定的密钥。
verdict-holder-not-proven-next = 请当事人用自己的钱包出示新码，不要用截图或照片。

verdict-replayed-title = 此码已用过
verdict-replayed-sentence = 这个码已在本处核验通过一次；每个码只能用一次。
verdict-replayed-next = 请出示新码。手机每 30 秒自动换码。

verdict-code-stale-title = 此码不在时限内
verdict-code-stale-sentence = 此码生成已久，或其时间超前于本机时钟。
verdict-code-stale-next = 请出示新码。若仍不行，请检查手机和本机的时间。

verdict-clock-wrong-title = 请校准时钟
verdict-clock-wrong-sentence = 本机时钟有误：登记簿已签署更晚的时间。
verdict-clock-wrong-next = 请设置本机日期和时间后重新扫码。当事人的证件没有问题。

verdict-wrong-audience-title = 不是给本窗口的码
verdict-wrong-audience-sentence = 此码是为另一个窗口或另一类窗口生成的。
verdict-wrong-audience-next = 请用手机先扫本窗口张贴的码，或选择相应的核验事项，再出示新码。

verdict-request-not-answered-title = 内容不全
verdict-request-not-answered-sentence = 此码没有包含本次核验所需的全部内容。
verdict-request-not-answered-next = 请当事人在钱包中选择相同的核验事项，再出示新码。

verdict-status-unknown-title = 状态未知
verdict-status-unknown-sentence = 没有足够新的信息说明证件是否仍然有效。既未确认有效，也未确认收回。
verdict-status-unknown-next = 请当事人联网刷新钱包，再出示新码。

verdict-unreadable-title = 无法识读
verdict-unreadable-sentence = 这不是本机能识读的码。
verdict-unreadable-next = 请把手机拿稳、亮度调高后重扫。擦净屏幕，一次只扫一部手机。
